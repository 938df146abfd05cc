// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.OneAtATime;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Limits;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.Store;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads of a loaded ledger at places chosen evenly over all of its history, one at a time. Every
 * answer is checked against what the load must have left there, because a wrong answer has no
 * speed.
 *
 * <p>For one thread.
 */
public final class Reads {

  /** The kinds of reads. */
  public enum Kind {
    /** Balance now of an account chosen evenly: one look at the published head. */
    BALANCE_NOW("balance now"),
    /** Balance of the account with the longest chain at a moment anywhere in history. */
    BALANCE_AS_OF("balance as of"),
    /** Trial balance of a book at a moment anywhere in its history. */
    TRIAL_BALANCE_AS_OF("trial balance as of"),
    /** A page of 100 transactions of the longest chain from anywhere. */
    HISTORY_PAGE("history page"),
    /** A post sent again, which is found by its key and not written again. */
    BY_KEY("look-up by key"),
    /** A transaction by its id. */
    BY_ID("look-up by id");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  private static final int SAMPLES_MAX = 4096;
  private static final int PAGE = 100;

  private final Store store;
  private final Load load;
  private final long transactions;
  private final List<Place> places = new ArrayList<>();
  private int nextPlace;
  private long nextRandom;

  /** A transaction somewhere in the ledger, and its receipt. */
  private record Place(long n, Posted posted) {}

  /**
   * Chooses places and asks for their receipts.
   *
   * @param transactions how many of the load are in the ledger
   */
  public Reads(Store store, Load load, long transactions) {
    this.store = store;
    this.load = load;
    this.transactions = transactions;
    int samples = (int) Math.min(SAMPLES_MAX, transactions);
    for (int i = 0; i < samples; i++) {
      long n = random();
      places.add(new Place(n, postAgain(load.draft(n))));
    }
  }

  /** Measures every kind for so many seconds each, and half of that before it counts. */
  public Map<Kind, Measured> measure(double seconds) {
    Map<Kind, Measured> measured = new TreeMap<>();
    for (Kind kind : Kind.values()) {
      measured.put(
          kind,
          OneAtATime.run(
              seconds / 2,
              seconds,
              0,
              () -> {
                read(kind);
                return 1;
              }));
    }
    return measured;
  }

  /** Reads once, at the next place. */
  public void read(Kind kind) {
    switch (kind) {
      case BALANCE_NOW -> balanceNow();
      case BALANCE_AS_OF -> balanceAsOf();
      case TRIAL_BALANCE_AS_OF -> trialBalanceAsOf();
      case HISTORY_PAGE -> historyPage();
      case BY_KEY -> byKey();
      case BY_ID -> byId();
    }
  }

  private void balanceNow() {
    long n = random();
    BalanceView view =
        store.reads().balance(new AccountId(load.bookOf(n), load.otherAccount(n)), null);
    check(view.updatedSeq() > 0, "an account that was posted to has not been updated", view);
  }

  private void balanceAsOf() {
    Place place = place();
    BalanceView view =
        store.reads().balance(new AccountId(load.bookOf(place.n), Load.CASH), place.posted.at());
    // A group shares its commit time, so the balance may be that after a later one of the group.
    check(view.updatedSeq() >= place.posted.seq(), "a balance as of is too old", view);
  }

  private void trialBalanceAsOf() {
    Place place = place();
    TrialBalance view = store.reads().trialBalance(load.bookOf(place.n), place.posted.at());
    check(
        view.lines().size() == 1
            && view.lines().get(0).debits().equals(view.lines().get(0).credits()),
        "a trial balance as of does not balance",
        view);
  }

  private void historyPage() {
    Place place = place();
    HistoryPage page =
        store
            .reads()
            .history(
                new AccountId(load.bookOf(place.n), Load.CASH),
                place.posted.seq() - 1,
                PAGE,
                Limits.PAGE_BYTES_MAX);
    check(
        !page.items().isEmpty() && page.items().get(0).seq() == place.posted.seq(),
        "a history page does not begin where it should",
        page);
  }

  private void byKey() {
    // Not one of the places: those were asked for a moment ago, and may still be in a cache.
    long n = random();
    Posted posted = postAgain(load.draft(n));
    check(posted.deduplicated(), "a key that was used is not known", posted);
  }

  private void byId() {
    Place place = place();
    TransactionView view = store.reads().transaction(place.posted.txId());
    check(
        view != null && view.seq() == place.posted.seq(),
        "a transaction is not found by its id",
        place);
  }

  private Posted postAgain(TransactionDraft draft) {
    return EmbeddedLedger.posted(store, List.of(draft)).join().get(0).orThrow();
  }

  private Place place() {
    nextPlace = (nextPlace + 1) % places.size();
    return places.get(nextPlace);
  }

  private long random() {
    return Long.remainderUnsigned(Load.mix(nextRandom++), transactions);
  }

  private static void check(boolean right, String what, Object answer) {
    if (!right) {
      throw new IllegalStateException(what + ": " + answer);
    }
  }
}
