// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.seed;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.AssetClass.Crypto;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.Side;
import dev.talea.server.settings.StartException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * The assets and accounts that a ledger is to start with, read from TOML and checked as far as that
 * goes without a ledger. Every fault names the entry and its line; an unknown key is one, because a
 * misspelled {@code min_balance} would be an account without a floor.
 *
 * <p>Immutable.
 */
public final class Seed {
  /**
   * A thing to create.
   *
   * @param where the entry it comes from, for errors
   */
  record Entry<T>(T wanted, String where) {}

  private static final Set<String> TOP = Set.of("assets", "accounts");
  private static final Set<String> ASSET = Set.of("id", "class", "precision", "name");
  private static final Set<String> ACCOUNT =
      Set.of("book", "path", "asset", "kind", "min_balance", "normal_side");

  private final List<Entry<Asset>> assets;
  private final List<Entry<Account>> accounts;

  private Seed(List<Entry<Asset>> assets, List<Entry<Account>> accounts) {
    this.assets = List.copyOf(assets);
    this.accounts = List.copyOf(accounts);
  }

  List<Entry<Asset>> assets() {
    return assets;
  }

  List<Entry<Account>> accounts() {
    return accounts;
  }

  /**
   * @param fileName for errors
   */
  public static Seed parse(String fileName, String text) {
    TomlParseResult toml = Toml.parse(text);
    if (toml.hasErrors()) {
      TomlParseError first = toml.errors().get(0);
      throw new StartException(
          fileName + " is not valid TOML, " + first.position() + ": " + first.getMessage());
    }
    refuseUnknown(fileName, toml, TOP);
    List<Entry<Asset>> assets = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (EntryReader entry : entries(fileName, toml, "assets", "id")) {
      Asset asset = asset(entry);
      entry.check(DraftRules.check(asset));
      entry.firstOf(seen, asset.id());
      assets.add(new Entry<>(asset, entry.where()));
    }
    List<Entry<Account>> accounts = new ArrayList<>();
    for (EntryReader entry : entries(fileName, toml, "accounts", "path")) {
      Account account = account(entry);
      entry.check(DraftRules.check(account));
      entry.firstOf(seen, account.id());
      accounts.add(new Entry<>(account, entry.where()));
    }
    return new Seed(assets, accounts);
  }

  private static List<EntryReader> entries(
      String fileName, TomlTable toml, String key, String nameKey) {
    Object value = toml.get(List.of(key));
    List<EntryReader> entries = new ArrayList<>();
    if (value == null) {
      return entries;
    }
    if (!(value instanceof TomlArray array)) {
      throw new StartException(fileName + ": " + key + " is not a list of tables, [[" + key + "]]");
    }
    for (int i = 0; i < array.size(); i++) {
      String where =
          fileName + " line " + array.inputPositionOf(i).line() + ", " + key + " entry " + (i + 1);
      if (!(array.get(i) instanceof TomlTable table)) {
        throw new StartException(where + " is not a table, [[" + key + "]]");
      }
      Object name = table.get(List.of(nameKey));
      entries.add(new EntryReader(where + (name == null ? "" : " ('" + name + "')"), table));
    }
    return entries;
  }

  private static Asset asset(EntryReader entry) {
    refuseUnknown(entry.where(), entry.table(), ASSET);
    return new Asset(entry.text("id"), assetClass(entry), precision(entry), entry.text("name"));
  }

  private static AssetClass assetClass(EntryReader entry) {
    Object value = entry.required("class");
    if (value.equals("fiat")) {
      return AssetClass.FIAT;
    }
    if (value instanceof TomlTable table
        && table.keySet().equals(Set.of("crypto"))
        && table.get(List.of("crypto")) instanceof TomlTable crypto) {
      EntryReader inner = new EntryReader(entry.where() + ", class.crypto", crypto);
      refuseUnknown(inner.where(), crypto, Set.of("network", "native_id"));
      return new Crypto(inner.text("network"), inner.textOrNull("native_id"));
    }
    throw entry.fault("class", "is neither \"fiat\" nor { crypto = { network = \"...\" } }");
  }

  private static int precision(EntryReader entry) {
    if (entry.required("precision") instanceof Long number && number >= 0 && number <= 255) {
      return number.intValue();
    }
    throw entry.fault("precision", "is not a whole number from 0 to 255");
  }

  private static Account account(EntryReader entry) {
    refuseUnknown(entry.where(), entry.table(), ACCOUNT);
    return new Account(
        new AccountId(entry.text("book"), entry.text("path")),
        entry.text("asset"),
        kind(entry),
        side(entry),
        minBalance(entry));
  }

  private static AccountKind kind(EntryReader entry) {
    String word = entry.text("kind");
    for (AccountKind kind : AccountKind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw entry.fault("kind", "is not one of asset, liability, income, expense, equity, clearing");
  }

  private static @Nullable Side side(EntryReader entry) {
    String word = entry.textOrNull("normal_side");
    for (Side side : Side.values()) {
      if (word == null || side.word().equals(word)) {
        return word == null ? null : side;
      }
    }
    throw entry.fault("normal_side", "is neither debit nor credit");
  }

  /** TOML's integers have 64 bits, so a larger floor is written as a string of digits. */
  private static @Nullable Int128 minBalance(EntryReader entry) {
    Object value = entry.table().get(List.of("min_balance"));
    if (value == null) {
      return null;
    }
    Int128 floor = null;
    if (value instanceof Long number) {
      floor = Int128.of(number);
    } else if (value instanceof String digits) {
      floor = Int128.parse(digits);
    }
    if (floor == null) {
      throw entry.fault("min_balance", "is not a whole number of minor units");
    }
    return floor;
  }

  private static void refuseUnknown(String where, TomlTable table, Set<String> known) {
    for (String key : table.keySet()) {
      if (!known.contains(key)) {
        throw new StartException(where + ": unknown key '" + key + "'");
      }
    }
  }

  /** One table of the file, with where it stands. */
  private record EntryReader(String where, TomlTable table) {
    StartException fault(String key, String what) {
      return new StartException(where + ": " + key + " " + what);
    }

    Object required(String key) {
      Object value = table.get(List.of(key));
      if (value == null) {
        throw fault(key, "is missing");
      }
      return value;
    }

    String text(String key) {
      if (!(required(key) instanceof String text)) {
        throw fault(key, "is not a string");
      }
      if (text.isBlank()) {
        throw fault(key, "is blank");
      }
      return text;
    }

    @Nullable String textOrNull(String key) {
      return table.get(List.of(key)) == null ? null : text(key);
    }

    void check(@Nullable LedgerError fault) {
      if (fault instanceof InvalidDraft invalid) {
        throw fault(invalid.field(), invalid.reason());
      }
      if (fault != null) {
        throw new StartException(where + ": " + fault);
      }
    }

    void firstOf(Set<Object> seen, Object name) {
      if (!seen.add(name)) {
        throw new StartException(where + ": '" + name + "' is in this file twice");
      }
    }
  }
}
