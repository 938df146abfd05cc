// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.Locale;

/**
 * The books and accounts of one run and which of them the nth draft is about. Names have fixed
 * widths, so that a prepared request can be patched in place; they contain an id of the run, so
 * that a server which holds other things can be used and what the run did can be counted.
 *
 * <p>Immutable; any thread may read.
 */
final class Books {
  /**
   * The one asset of all accounts. Not EUR: a server that has one may have defined it otherwise.
   */
  static final String ASSET = "TALEABENCH";

  static final int BOOKS_MAX = 1_000_000;
  static final int ACCOUNTS_MAX = 10_000_000;

  /** Six digits, always: JSON allows no leading zeros. */
  static final int MINOR_MIN = 100_000;

  static final int MINOR_MAX = 999_999;

  private static final int STREAM_BOOK = 0;
  private static final int STREAM_DEBIT = 1;
  private static final int STREAM_CREDIT = 2;
  private static final int STREAM_MINOR = 3;

  private final String run;
  private final int count;
  private final int accounts;
  private final Spread spread;
  private final long seed;
  private final double[] zipf;

  /** How drafts are spread over books. */
  enum Spread {
    /** Each book gets as many. */
    UNIFORM,
    /** The nth book gets a share of 1/n: few are hot, most are quiet. */
    ZIPF;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @param run eight characters that no other run on this server has
   * @param accounts in each book, at least 2
   */
  Books(String run, int count, int accounts, Spread spread, long seed) {
    this.run = run;
    this.count = count;
    this.accounts = accounts;
    this.spread = spread;
    this.seed = seed;
    this.zipf = spread == Spread.ZIPF ? cumulativeZipf(count) : new double[0];
  }

  private static double[] cumulativeZipf(int count) {
    double[] cumulative = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += 1.0 / (i + 1);
      cumulative[i] = sum;
    }
    for (int i = 0; i < count; i++) {
      cumulative[i] /= sum;
    }
    return cumulative;
  }

  int count() {
    return count;
  }

  int accounts() {
    return accounts;
  }

  String name(int book) {
    return "bench-" + run + "-" + sixDigits(book);
  }

  /** Path of an account, the same in every book. */
  static String account(int account) {
    return "a" + sevenDigits(account);
  }

  private static String sixDigits(int number) {
    return Integer.toString(1_000_000 + number).substring(1);
  }

  private static String sevenDigits(int number) {
    return Integer.toString(10_000_000 + number).substring(1);
  }

  int bookOf(long draft) {
    if (count == 1) {
      return 0;
    }
    if (spread == Spread.UNIFORM) {
      return Random.below(count, seed, draft, STREAM_BOOK);
    }
    double at = Random.unit(seed, draft, STREAM_BOOK);
    int low = 0;
    int high = count - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (zipf[middle] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  int debitOf(long draft) {
    return Random.below(accounts, seed, draft, STREAM_DEBIT);
  }

  /** Never the one that is debited. */
  int creditOf(long draft) {
    return (debitOf(draft) + 1 + Random.below(accounts - 1, seed, draft, STREAM_CREDIT)) % accounts;
  }

  int minorOf(long draft) {
    return MINOR_MIN + Random.below(MINOR_MAX - MINOR_MIN + 1, seed, draft, STREAM_MINOR);
  }
}
