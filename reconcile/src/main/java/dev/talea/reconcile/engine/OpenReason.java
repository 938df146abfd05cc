// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/**
 * Why a row stayed unmatched: the first of these that holds, looking at the rule that came nearest.
 */
public enum OpenReason {
  /** Several rows across would do equally well, and the rule does not choose. */
  AMBIGUOUS("ambiguous"),
  /** The row across that would do was put together with another. */
  CONSUMED("consumed"),
  /** Conditions hold, but the amounts are too far apart. */
  AMOUNT("amount"),
  /** Conditions hold, but the days are too far apart. */
  WINDOW("window"),
  /** Conditions hold, but the assets differ. */
  ASSET("asset"),
  /** No row across fulfils the conditions of any rule. */
  NO_CANDIDATE("no_candidate");

  private final String text;

  OpenReason(String text) {
    this.text = text;
  }

  /** As it stands in evidence. */
  public String text() {
    return text;
  }
}
