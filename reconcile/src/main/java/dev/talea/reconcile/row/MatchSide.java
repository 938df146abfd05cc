// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

/** One of the two sides of a reconciliation. */
public enum MatchSide {
  /** Usually what we say: a ledger. */
  LEFT("left"),
  /** Usually what others say: a bank, a provider, a chain. */
  RIGHT("right");

  private final String text;

  MatchSide(String text) {
    this.text = text;
  }

  /** As it stands in recipes, evidence and names of tables. */
  public String text() {
    return text;
  }

  /** The one across. */
  public MatchSide other() {
    return this == LEFT ? RIGHT : LEFT;
  }
}
