// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.InMemoryStore;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A ledger whose names are what a tool that reads text might stumble over, with amounts up to 39
 * digits and assets of 0 to 253 decimals. The same seed makes the same ledger.
 */
final class HostileLedger {
  /** A fiat asset with two decimals, for what wants one. */
  static final String EUR = "EUR";

  /** The first asset with 18 decimals. */
  static final String ETH = "ETH";

  /** The most decimals that all the tools read. */
  private static final int WIDEST = 253;

  private static final List<String> PIECES =
      List.of(
          " ",
          " ",
          "  ",
          ":",
          "::",
          ";",
          "  ;",
          "\"",
          "'",
          "%",
          "%3a",
          "%%",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "*",
          "!",
          "=",
          "==",
          "@",
          "@@",
          "#",
          "|",
          ",",
          ".",
          "-",
          "+",
          "~",
          "^",
          "&",
          "$",
          "€",
          "<",
          ">",
          "/",
          "\\",
          "\\n",
          "?",
          "_",
          "`",
          "a",
          "b",
          "x",
          "X",
          "Z",
          "é",
          "ß",
          "Ünï",
          "現金",
          "한",
          "א",
          "\u0301",
          "\u200d",
          "\u200b",
          "\u00a0",
          "\u2003",
          "\u2028",
          "\u3000",
          "\ufeff",
          "\ue000",
          "\ufffe",
          "😀",
          "👨\u200d👩\u200d👧",
          "\ud8c0\udc00",
          "0",
          "1",
          "007",
          "account",
          "include",
          "assets",
          "opening",
          "=1",
          "h",
          "TRUE",
          "date:",
          "2026-01-01",
          "[2026-13-01]",
          "i 2026",
          "tx:1",
          "; a:b",
          "comment",
          "end",
          "NULL");

  private final Random random;
  private final List<Instant> clock = new ArrayList<>();
  final InMemoryStore store;
  final Map<String, List<Account>> accounts = new HashMap<>();

  private HostileLedger(long seed) {
    this.random = new Random(seed);
    clock.add(Instant.parse("2026-01-30T22:10:00.000001Z"));
    this.store = new InMemoryStore(() -> clock.get(0));
  }

  /**
   * Makes one.
   *
   * @param books how many, the first of them called {@code shop}
   * @param names how many accounts, over all books
   * @param transactions how many, over all books
   */
  static HostileLedger make(long seed, int books, int names, int transactions) {
    HostileLedger ledger = new HostileLedger(seed);
    List<Asset> assets = ledger.assets();
    List<String> bookNames = new ArrayList<>(List.of("shop"));
    bookNames.addAll(ledger.names(books - 1, 60));
    List<String> paths = ledger.names(names, 150);
    for (int i = 0; i < names; i++) {
      String book = bookNames.get(i % books);
      // Two in a row share an asset, so that there is something to move.
      Asset asset = assets.get(i / books / 2 % assets.size());
      ledger.open(book, paths.get(i), asset.id());
      if (i % 7 == 0) {
        ledger.tick();
      }
    }
    for (int i = 0; i < transactions; i++) {
      ledger.post(bookNames.get(i % books), i);
      ledger.tick();
    }
    return ledger;
  }

  private void tick() {
    clock.set(0, clock.get(0).plus(Duration.ofMinutes(random.nextInt(90))).plusNanos(1000));
  }

  private List<Asset> assets() {
    List<Asset> assets = new ArrayList<>();
    assets.add(new Asset(EUR, AssetClass.FIAT, 2, "Euro"));
    assets.add(new Asset(ETH, new AssetClass.Crypto("ethereum", null), 18, "Ether"));
    for (String id :
        List.of("h", "m", "s", "and", "TRUE", "NULL", "X-1", "E1", "a b", "JPY", "WIDE", "B")) {
      int precision = id.equals("WIDE") ? WIDEST : id.equals("JPY") ? 0 : 18;
      assets.add(new Asset(id, AssetClass.FIAT, precision, "Money"));
    }
    for (String id : names(40, 30)) {
      assets.add(new Asset(id, new AssetClass.Crypto("n", "x"), random.nextInt(20), "\"A\\b, c"));
    }
    assets.forEach(asset -> store.registerAsset(asset).join());
    return assets;
  }

  /** Different names. */
  private List<String> names(int count, int bytesMax) {
    Set<String> names = new LinkedHashSet<>();
    while (names.size() < count) {
      StringBuilder name = new StringBuilder();
      for (int i = 1 + random.nextInt(7); i > 0; i--) {
        name.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      boolean taken = name.toString().startsWith("_") || name.toString().equals("shop");
      if (!taken && name.toString().getBytes(UTF_8).length <= bytesMax) {
        names.add(name.toString());
      }
    }
    return List.copyOf(names);
  }

  private void open(String book, String path, String asset) {
    AccountKind[] kinds = AccountKind.values();
    Account account =
        new Account(
            new AccountId(book, path),
            asset,
            kinds[random.nextInt(kinds.length)],
            List.of(Side.DEBIT, Side.CREDIT).get(random.nextInt(2)),
            null);
    store.openAccount(account).join();
    accounts.computeIfAbsent(book, b -> new ArrayList<>()).add(account);
  }

  private void post(String book, int number) {
    List<Account> known = accounts.getOrDefault(book, List.of());
    List<Posting> postings = new ArrayList<>();
    for (int legs = 1 + random.nextInt(3); legs > 0; legs--) {
      Account from = known.get(random.nextInt(known.size()));
      Account to = another(known, from);
      Int128 minor = amount();
      postings.add(new Posting(from.id().path(), minor, from.asset(), Side.DEBIT));
      postings.add(new Posting(to.id().path(), minor, from.asset(), Side.CREDIT));
    }
    String key = number + (number % 3 == 0 ? "" : String.join("", names(1, 60)));
    List<ExternalRef> refs = new ArrayList<>();
    if (number % 4 == 0) {
      refs.add(new ExternalRef("invoice", "2026/" + number));
      refs.add(new ExternalRef(names(1, 40).get(0), names(1, 80).get(0)));
    }
    JsonText metadata = number % 5 == 0 ? new JsonText("{\"a: b\":[1.50,\"; x:y\"]}") : null;
    Instant occurred = number % 2 == 0 ? clock.get(0).minusSeconds(90_001) : null;
    TransactionDraft draft = new TransactionDraft(book, key, postings, refs, metadata, occurred);
    List<PostResult> results = store.commit(book, List.of(draft), true).join();
    // Too large a sum is refused, which is as good: there are more.
    if (results.get(0) instanceof PostResult.Refused refused
        && !refused.error().code().equals("invalid_amount")) {
      throw new IllegalStateException(refused.toString());
    }
  }

  /** Another account of the same asset; the same if none is found soon. */
  private Account another(List<Account> known, Account from) {
    for (int i = 0; i < 50; i++) {
      Account to = known.get(random.nextInt(known.size()));
      if (!to.equals(from) && to.asset().equals(from.asset())) {
        return to;
      }
    }
    return from;
  }

  private Int128 amount() {
    int bits = List.of(1, 7, 20, 53, 64, 90, 120).get(random.nextInt(7));
    return requireNonNull(Int128.of(new BigInteger(bits, random).add(BigInteger.ONE)));
  }

  /** The whole of it. */
  ExportSource source() {
    return ExportSource.allOf(store);
  }

  /** For those who write. */
  Store store() {
    return store;
  }
}
