package dev.talea.server.seed;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass.Crypto;
import dev.talea.ledger.BlockingLedger;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerService;
import dev.talea.ledger.Side;
import dev.talea.ledger.Store;
import dev.talea.server.settings.StartException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Brings a seed into a ledger: assets first, then accounts. What is there already and the same is
 * passed over; what is there and different is collected, all of it, and told with what differs.
 *
 * <p>For one thread, which waits for the ledger.
 */
public final class Seeding {
  private static final int READ_EVENTS = 1_000;
  private static final int READ_BYTES = 1 << 20;

  /**
   * What was done.
   *
   * @param assetsNew of {@code assets}, how many were not there before
   * @param accountsNew of {@code accounts}, how many were not there before
   */
  public record Outcome(int assets, int assetsNew, int accounts, int accountsNew) {}

  private final Store store;
  private final BlockingLedger ledger;
  private final List<String> conflicts = new ArrayList<>();

  public Seeding(Store store) {
    this.store = store;
    this.ledger = new BlockingLedger(new LedgerService(store, Runnable::run));
  }

  /**
   * @throws StartException listing every conflict; what did not conflict is in the ledger then
   */
  public Outcome apply(Seed seed) {
    int assetsNew = 0;
    for (Seed.Entry<Asset> entry : seed.assets()) {
      long before = store.lastSeq(DraftRules.SYSTEM_BOOK);
      Asset asset = entry.wanted();
      attempt(entry.where(), () -> ledger.registerAsset(asset), () -> differences(asset));
      assetsNew += (int) (store.lastSeq(DraftRules.SYSTEM_BOOK) - before);
    }
    int accountsNew = 0;
    for (Seed.Entry<Account> entry : seed.accounts()) {
      Account account = entry.wanted();
      long before = store.lastSeq(account.id().book());
      attempt(entry.where(), () -> ledger.openAccount(account), () -> differences(account));
      accountsNew += (int) (store.lastSeq(account.id().book()) - before);
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

  private void attempt(String where, Runnable creation, Differences differences) {
    try {
      creation.run();
    } catch (LedgerException e) {
      LedgerError error = e.error();
      if (error instanceof AlreadyExists) {
        conflicts.add(where + ": " + String.join("; ", differences.find()));
      } else if (error instanceof UnknownAsset unknown) {
        conflicts.add(where + ": the asset '" + unknown.asset() + "' is not registered");
      } else {
        throw new StartException(where + " cannot be applied: " + e.getMessage(), e);
      }
    }
  }

  private List<String> differences(Asset wanted) {
    Asset there =
        find(
            DraftRules.SYSTEM_BOOK,
            event ->
                event instanceof AssetRegistered registered
                        && registered.asset().id().equals(wanted.id())
                    ? registered.asset()
                    : null);
    List<String> found = new ArrayList<>();
    compare(found, "class", words(there), words(wanted));
    compare(found, "precision", there.precision(), wanted.precision());
    compare(found, "name", there.name(), wanted.name());
    return found;
  }

  private List<String> differences(Account wanted) {
    Account there =
        find(
            wanted.id().book(),
            event ->
                event instanceof AccountOpened opened && opened.account().id().equals(wanted.id())
                    ? opened.account()
                    : null);
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

  /** The definition in the ledger, which is the event that made it. */
  private <T> T find(String book, Function<Event.Payload, @Nullable T> match) {
    long after = 0;
    List<Event> events = store.events(book, after, READ_EVENTS, READ_BYTES);
    while (!events.isEmpty()) {
      for (Event event : events) {
        T found = match.apply(event.payload());
        if (found != null) {
          return found;
        }
        after = event.seq();
      }
      events = store.events(book, after, READ_EVENTS, READ_BYTES);
    }
    throw new IllegalStateException("the ledger refused what it does not have, in book " + book);
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
