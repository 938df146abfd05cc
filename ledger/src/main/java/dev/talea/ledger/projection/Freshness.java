// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.time.Duration;

/**
 * How new an answer has to be that is read from a projection's tables.
 *
 * @param minSeq the event of the book that it has to hold; 0 for none
 * @param most how long the tables are waited for at most; servers wait for five seconds at most
 */
public record Freshness(long minSeq, Duration most) {
  /** As the tables are. */
  public static final Freshness ANY = new Freshness(0, Duration.ZERO);

  /** Checks. */
  public Freshness {
    if (minSeq < 0 || most.isNegative()) {
      throw new IllegalArgumentException(
          "a seq of " + minSeq + " and a wait of " + most + ", must be 0 or more");
    }
  }

  /** Holds an event, such as one that was just posted, and is waited for as long as can be. */
  public static Freshness of(long minSeq) {
    return new Freshness(minSeq, Duration.ofSeconds(5));
  }
}
