// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/**
 * How a rule of another cardinality than 1:1 finds the rows of a match.
 *
 * <p>{@link #WHOLE}: all open rows with equal values in the columns of the rule's {@code equal}
 * conditions are one group; it is a match if the two sums agree within the tolerance. {@link
 * #SUBSET}: of such a group's rows, or of all rows where the rule has no such condition, those are
 * looked for whose sum agrees with the single row across; the search ends at the rule's limits, and
 * the run says so.
 */
public enum Grouping {
  /** All rows with the same reference. */
  WHOLE("whole"),
  /** Some rows that make up the sum. */
  SUBSET("subset");

  private final String text;

  Grouping(String text) {
    this.text = text;
  }

  /** As it stands in recipes. */
  public String text() {
    return text;
  }
}
