// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;

/**
 * The rules for what nearly every transaction is, one of a few postings in one asset whose numbers
 * all fit 64 bits: without an object for a number, a list or a map. Says yes, or that it does not
 * know; what it does not know goes the way of {@link PostingRules}, which also says why not.
 *
 * <p>Apart from that one, because numbers in arrays are another trade than drafts. Stateless; the
 * accounts handed in belong to the writer of their book.
 */
public final class NarrowRules {
  /** With more postings than this, looking for those of one account would take its time. */
  public static final int POSTINGS_MAX = 16;

  /** What the rules need to know of an account. */
  public interface NarrowAccount {
    /** Whether its balance fits 64 bits. */
    boolean isNarrow();

    /** Its raw balance, debits - credits, if that fits. */
    long narrowBalance();

    /** See {@link NarrowRules#least}. */
    long leastBalance();

    /** See {@link NarrowRules#most}. */
    long mostBalance();
  }

  private NarrowRules() {}

  /** No raw balance of 64 bits below this one is known to keep the floor of the account. */
  public static long least(Account definition) {
    Int128 floor = definition.minBalance();
    if (floor == null || definition.creditNormal()) {
      return floor == null || hasNarrowFloor(floor) ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return hasNarrowFloor(floor) ? floor.toLong() : Long.MAX_VALUE;
  }

  /** The same for those above: the floor of an account that credits increase. */
  public static long most(Account definition) {
    Int128 floor = definition.minBalance();
    if (floor == null || (hasNarrowFloor(floor) && !definition.creditNormal())) {
      return Long.MAX_VALUE;
    }
    return hasNarrowFloor(floor) ? -floor.toLong() : Long.MIN_VALUE;
  }

  /** And its negation. An account with another floor is one that nothing is known of. */
  private static boolean hasNarrowFloor(Int128 floor) {
    return floor.fitsLong() && floor.toLong() != Long.MIN_VALUE;
  }

  /**
   * Whether a transaction is certain to be accepted: it balances, no number needs more than 64
   * bits, no floor is broken.
   *
   * @param accounts of its postings, all of one asset
   * @param changes of their raw balances: the amount of a debit, less than nothing for a credit,
   *     never 0
   * @param postings how many, 1 to {@link #POSTINGS_MAX}
   * @param after gets the raw balance of each posting's account after the whole transaction
   */
  public static boolean accepts(
      NarrowAccount[] accounts, long[] changes, int postings, long[] after) {
    long sum = 0;
    for (int i = 0; i < postings; i++) {
      NarrowAccount account = accounts[i];
      int earlier = earlier(accounts, i);
      if (earlier < 0 && !account.isNarrow()) {
        return false;
      }
      long change = changes[i];
      long before = earlier < 0 ? account.narrowBalance() : after[earlier];
      long sumBefore = sum;
      after[i] = before + change;
      sum += change;
      if (overflows(before, change, after[i]) || overflows(sumBefore, change, sum)) {
        return false;
      }
    }
    for (int i = postings - 1; i >= 0; i--) {
      int earlier = earlier(accounts, i);
      if (earlier >= 0) {
        after[earlier] = after[i]; // postings of one account share one balance
      }
      if (after[i] < accounts[i].leastBalance() || after[i] > accounts[i].mostBalance()) {
        return false;
      }
    }
    return sum == 0;
  }

  /** The last posting before this one to the same account, or -1. */
  private static int earlier(NarrowAccount[] accounts, int posting) {
    int earlier = posting - 1;
    while (earlier >= 0 && accounts[earlier] != accounts[posting]) {
      earlier--;
    }
    return earlier;
  }

  private static boolean overflows(long a, long b, long sum) {
    return ((a ^ sum) & (b ^ sum)) < 0;
  }
}
