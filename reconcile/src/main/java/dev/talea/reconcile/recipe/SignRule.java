// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/** How the amounts of the two sides are signed against each other. */
public enum SignRule {
  /** Money in is positive on both. */
  EQUAL("equal"),
  /** Money in is positive on one, negative on the other: the right amount is negated. */
  OPPOSITE("opposite");

  private final String text;

  SignRule(String text) {
    this.text = text;
  }

  /** As it stands in recipes. */
  public String text() {
    return text;
  }
}
