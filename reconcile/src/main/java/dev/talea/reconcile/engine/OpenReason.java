// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/**
 * Why a row stayed unmatched: the first of these that holds between it and any row across, under
 * any rule.
 */
public enum OpenReason {
  /**
   * A row across would do and is free, but the rule takes whole groups, or sums made in one way.
   */
  AMBIGUOUS(0, "ambiguous"),
  /** The row across that would do was put together with another. */
  CONSUMED(1, "consumed"),
  /** Conditions hold, and the asset is the same, but the amounts are too far apart. */
  AMOUNT(2, "amount"),
  /** Conditions and amounts hold, but the days are too far apart, or a row has none. */
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
