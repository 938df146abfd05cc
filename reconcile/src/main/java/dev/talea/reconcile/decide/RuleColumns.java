// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.Window;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether the columns that a rule names are there and of a type that it can use. An engine that
 * converts one type into another would match rows for a reason that no recipe gives. Pure
 * functions.
 */
public final class RuleColumns {
  private RuleColumns() {}

  /** What is wrong, or null. */
  public static @Nullable String fault(
      Rule rule, Map<String, ColumnType> left, Map<String, ColumnType> right) {
    for (Condition condition : rule.conditions()) {
      String fault = missing(left, MatchSide.LEFT, condition.left());
      if (fault == null) {
        fault = missing(right, MatchSide.RIGHT, condition.right());
      }
      if (fault == null) {
        fault = types(condition, left.get(condition.left()), right.get(condition.right()));
      }
      if (fault != null) {
        return fault;
      }
    }
    Window window = rule.window();
    if (window == null) {
      return null;
    }
    String fault = noDays(left, MatchSide.LEFT, window.left());
    return fault == null ? noDays(right, MatchSide.RIGHT, window.right()) : fault;
  }

  private static @Nullable String types(
      Condition condition, @Nullable ColumnType left, @Nullable ColumnType right) {
    if (left == null || right == null) {
      return null;
    }
    if (left != right) {
      return "column "
          + condition.left()
          + " of the left side is "
          + left.text()
          + ", and "
          + condition.right()
          + " of the right side is "
          + right.text();
    }
    boolean text =
        switch (condition.comparison()) {
          case CONTAINS, CONTAINED, PREFIX, SUFFIX, SIMILAR -> true;
          default -> !condition.normalise().isEmpty();
        };
    return text && left != ColumnType.TEXT
        ? condition.left()
            + " "
            + condition.comparison().text()
            + " "
            + condition.right()
            + " takes texts, not "
            + left.text()
        : null;
  }

  private static @Nullable String noDays(
      Map<String, ColumnType> columns, MatchSide side, String column) {
    String fault = missing(columns, side, column);
    if (fault != null) {
      return fault;
    }
    ColumnType type = columns.get(column);
    return type == ColumnType.DATE || type == ColumnType.TIME
        ? null
        : "column " + column + " of the " + side.text() + " side has no days";
  }

  private static @Nullable String missing(
      Map<String, ColumnType> columns, MatchSide side, String column) {
    return columns.containsKey(column)
        ? null
        : "the "
            + side.text()
            + " side has no column "
            + column
            + "; it has "
            + String.join(", ", columns.keySet());
  }
}
