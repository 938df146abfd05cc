// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * What the ledger must hold, by what it has acknowledged: how many events each book has, and how
 * much money was moved in it.
 *
 * <p>Written by one thread at a time: the event loop of a run, or who verifies between runs.
 */
final class Expected {
  private final long[] opened;
  private final long[] commits;
  private final BigInteger[] minor;
  private final long[] unsummed;

  Expected(int books) {
    opened = new long[books];
    commits = new long[books];
    unsummed = new long[books];
    minor = new BigInteger[books];
    Arrays.fill(minor, BigInteger.ZERO);
  }

  void opened(int book) {
    opened[book]++;
  }

  void committed(int book, long minorUnits) {
    commits[book]++;
    // Sums of millions of six-digit amounts fit; a sum that gets near the end of the range is
    // carried over.
    unsummed[book] += minorUnits;
    if (unsummed[book] > Long.MAX_VALUE / 2) {
      carry(book);
    }
  }

  private void carry(int book) {
    minor[book] = minor[book].add(BigInteger.valueOf(unsummed[book]));
    unsummed[book] = 0;
  }

  int books() {
    return commits.length;
  }

  /** Transactions acknowledged. */
  long commits(int book) {
    return commits[book];
  }

  /** Transactions and account openings acknowledged, which is the last seq of the book. */
  long events(int book) {
    return opened[book] + commits[book];
  }

  /** Debits, and credits, of all transactions acknowledged. */
  BigInteger minor(int book) {
    carry(book);
    return minor[book];
  }

  long allCommits() {
    long all = 0;
    for (long each : commits) {
      all += each;
    }
    return all;
  }
}
