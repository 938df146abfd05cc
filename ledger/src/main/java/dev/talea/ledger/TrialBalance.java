// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All debits and credits of a book per asset, now or at a moment.
 *
 * @param book which; one without writes has no lines
 * @param asOf the moment asked for, inclusive, by commit time; null if now was asked for
 * @param lines sorted by asset id, bytewise; an asset without postings by then has no line
 */
public record TrialBalance(String book, @Nullable Instant asOf, List<Line> lines) {
  public TrialBalance {
    lines = List.copyOf(lines);
  }

  /** Totals in minor units. They may leave the 128-bit range of a single balance. */
  public record Line(String asset, BigInteger debits, BigInteger credits) {

    /** What one posting adds to the totals of its asset. */
    public static Line of(PostingView posting) {
      BigInteger minor = posting.minor().toBigInteger();
      return posting.direction() == Side.DEBIT
          ? new Line(posting.asset(), minor, BigInteger.ZERO)
          : new Line(posting.asset(), BigInteger.ZERO, minor);
    }

    /** These totals and others of the same asset. */
    public Line plus(Line other) {
      return new Line(asset, debits.add(other.debits), credits.add(other.credits));
    }
  }
}
