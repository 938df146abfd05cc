// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What columns the sources of one side have to have. Pure functions. */
public final class LoadedColumns {
  private LoadedColumns() {}

  /** What is wrong with how a source begins, which is a fault of the source; null if nothing. */
  public static @Nullable String beginning(MatchSide side, List<Column> own) {
    return own.size() < 2 || !own.subList(0, 2).equals(Column.ALWAYS)
        ? "The " + side.text() + " source does not begin with amount and asset, but with " + own
        : null;
  }

  /**
   * What is wrong with a column beside that of rows that were carried in; null if nothing.
   *
   * @param known its type there
   */
  public static @Nullable String clash(MatchSide side, Column column, ColumnType known) {
    return known == column.type()
        ? null
        : "Column "
            + column.name()
            + " of the "
            + side.text()
            + " side is "
            + column.type().text()
            + ", and "
            + known.text()
            + " in the rows that were carried in; give the column of the source the type it had,"
            + " or another name.";
  }
}
