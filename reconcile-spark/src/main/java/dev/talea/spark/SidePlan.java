// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a side are completed: what is derived, and which take part. Immutable; travels to
 * tasks.
 */
final class SidePlan implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int columns;
  private final RowExpression.Function[] derived;
  private final RowExpression.@Nullable Function filter;

  SidePlan(int columns, RowExpression.Function[] derived, RowExpression.@Nullable Function filter) {
    this.columns = columns;
    this.derived = derived.clone();
    this.filter = filter;
  }

  int columns() {
    return columns;
  }

  boolean filters() {
    return filter != null;
  }

  /** The values of a row and what is derived of them, in the order of the recipe. */
  @Nullable Object[] complete(@Nullable Object[] loaded) {
    if (derived.length == 0) {
      return loaded;
    }
    @Nullable Object[] all = Arrays.copyOf(loaded, columns + derived.length);
    for (int i = 0; i < derived.length; i++) {
      all[columns + i] = derived[i].of(all);
    }
    return all;
  }

  /** Whether a completed row takes part. */
  boolean passes(@Nullable Object[] completed) {
    RowExpression.Function condition = filter;
    return condition == null || Boolean.TRUE.equals(condition.of(completed));
  }
}
