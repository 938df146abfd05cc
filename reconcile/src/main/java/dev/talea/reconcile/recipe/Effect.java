// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/** What it means for rows that a rule has put together. Either way no later rule sees them. */
public enum Effect {
  /** They are settled. */
  MATCH("match"),
  /** A person has to look at them. */
  SUGGEST("suggest");

  private final String text;

  Effect(String text) {
    this.text = text;
  }

  /** As it stands in recipes. */
  public String text() {
    return text;
  }
}
