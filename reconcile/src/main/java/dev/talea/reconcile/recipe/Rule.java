// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of a recipe: which open rows it puts together. Rows of different assets are never put
 * together.
 *
 * @param name unique in its recipe, 1 to 64 characters
 * @param conditions all have to hold; may be empty when there is a tolerance or a window
 * @param sign how amounts are signed against each other
 * @param tolerance how far amounts, or sums of groups, may be apart
 * @param window how many days may lie between rows; in groups, between the single row and each of
 *     the others, or between any two of different sides
 * @param grouping null exactly for 1:1
 * @param groupMax most rows of a group found by {@link Grouping#SUBSET}, 2 to 12; else 0
 * @param sql null, or an expert's query over {@code left_open} and {@code right_open} that returns
 *     {@code left_row} and {@code right_row}, instead of conditions, tolerance and window
 */
public record Rule(
    String name,
    Cardinality cardinality,
    List<Condition> conditions,
    SignRule sign,
    Tolerance tolerance,
    @Nullable Window window,
    @Nullable Grouping grouping,
    int groupMax,
    Effect effect,
    @Nullable String sql) {
  /** Copies the list. */
  public Rule {
    conditions = List.copyOf(conditions);
  }
}
