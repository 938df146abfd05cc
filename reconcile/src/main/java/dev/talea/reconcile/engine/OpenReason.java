// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/**
 * Why a row stayed unmatched: the first of these that holds, looking at the rule that came nearest.
 */
public enum OpenReason {
  /** Several rows across would do equally well, and the rule does not choose. */
  AMBIGUOUS(0, "ambiguous"),
  /** The row across that would do was put together with another. */
  CONSUMED(1, "consumed"),
  /** Conditions hold, but the amounts are too far apart. */
  AMOUNT(2, "amount"),
  /** Conditions hold, but the days are too far apart. */
  WINDOW(3, "window"),
  /** Conditions hold, but the assets differ. */
  ASSET(4, "asset"),
  /** No row across fulfils the conditions of any rule. */
  NO_CANDIDATE(5, "no_candidate");

  private final int rank;
  private final String text;

  OpenReason(int rank, String text) {
    this.rank = rank;
    this.text = text;
  }

  /** Of several reasons the one with the lowest holds. */
  public int rank() {
    return rank;
  }

  /** The reason of a rank. */
  public static OpenReason of(int rank) {
    for (OpenReason each : values()) {
      if (each.rank == rank) {
        return each;
      }
    }
    throw new IllegalArgumentException("no reason has the rank " + rank);
  }

  /** As it stands in evidence. */
  public String text() {
    return text;
  }
}
