// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.seed;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass.Crypto;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Side;
import dev.talea.server.settings.StartException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings a seed into a ledger: assets first, then accounts. What is there already and the same is
 * passed over; what is there and different is collected, all of it, and told with what differs.
 *
 * <p>For one thread, which waits for the ledger.
 */
public final class Seeding {
  /**
   * What was done.
   *
   * @param assetsNew of {@code assets}, how many were not there before
   * @param accountsNew of {@code accounts}, how many were not there before
   */
  public record Outcome(int assets, int assetsNew, int accounts, int accountsNew) {}

  private final BlockingLedger ledger;
  private final List<String> conflicts = new ArrayList<>();

  public Seeding(LedgerApi ledger) {
    this.ledger = new BlockingLedger(ledger);
  }

  /**
   * @throws StartException listing every conflict; what did not conflict is in the ledger then
   */
  public Outcome apply(Seed seed) {
    int assetsNew = 0;
    for (Seed.Entry<Asset> entry : seed.assets()) {
      Asset asset = entry.wanted();
      boolean there = isThere(() -> ledger.asset(asset.id()));
      boolean done =
          attempt(entry.where(), () -> ledger.registerAsset(asset), () -> differences(asset));
      assetsNew += done && !there ? 1 : 0;
    }
    int accountsNew = 0;
    for (Seed.Entry<Account> entry : seed.accounts()) {
      Account account = entry.wanted();
      boolean there = isThere(() -> ledger.account(account.id()));
      boolean done =
          attempt(entry.where(), () -> ledger.openAccount(account), () -> differences(account));
      accountsNew += done && !there ? 1 : 0;
    }
    if (!conflicts.isEmpty()) {
      throw new StartException(
          "The seed does not agree with the ledger:\n  " + String.join("\n  ", conflicts));
    }
    return new Outcome(seed.assets().size(), assetsNew, seed.accounts().size(), accountsNew);
  }

  private interface Differences {
    List<String> find();
  }

  /** What reading it fails for otherwise, creating it fails for as well, and that is told. */
  private static boolean isThere(Runnable look) {
    try {
      look.run();
      return true;
    } catch (LedgerException e) {
      return false;
    }
  }

  /** Whether it is in the ledger now, as wanted. */
  private boolean attempt(String where, Runnable creation, Differences differences) {
    try {
      creation.run();
      return true;
    } catch (LedgerException e) {
      LedgerError error = e.error();
      if (error instanceof AlreadyExists) {
        conflicts.add(where + ": " + String.join("; ", differences.find()));
      } else if (error instanceof UnknownAsset unknown) {
        conflicts.add(where + ": the asset '" + unknown.asset() + "' is not registered");
      } else {
        throw new StartException(where + " cannot be applied: " + e.getMessage(), e);
      }
      return false;
    }
  }

  private List<String> differences(Asset wanted) {
    Asset there = ledger.asset(wanted.id());
    List<String> found = new ArrayList<>();
    compare(found, "class", words(there), words(wanted));
    compare(found, "precision", there.precision(), wanted.precision());
    compare(found, "name", there.name(), wanted.name());
    return found;
  }

  private List<String> differences(Account wanted) {
    Account there = ledger.account(wanted.id()).account();
    List<String> found = new ArrayList<>();
    compare(found, "asset", there.asset(), wanted.asset());
    compare(found, "kind", there.kind().word(), wanted.kind().word());
    compare(found, "normal_side", words(there.normalSide()), words(wanted.normalSide()));
    compare(
        found,
        "min_balance",
        Objects.toString(there.minBalance(), "none"),
        Objects.toString(wanted.minBalance(), "none"));
    return found;
  }

  private static void compare(List<String> found, String field, Object there, Object wanted) {
    if (!there.equals(wanted)) {
      found.add(field + " is " + there + " in the ledger and " + wanted + " in the seed");
    }
  }

  private static String words(Asset asset) {
    return asset.assetClass() instanceof Crypto crypto
        ? "crypto on "
            + crypto.network()
            + (crypto.nativeId() == null ? "" : " as " + crypto.nativeId())
        : "fiat";
  }

  private static String words(@Nullable Side side) {
    return side == null ? "none" : side.word();
  }
}
