// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds the rows of two builds of a projection against each other, in the database. */
final class RowComparison {
  private RowComparison() {}

  /** The first row that is in one and not in the other, in words; null if there is none. */
  static @Nullable String of(
      Connection connection,
      ProjectionCatalog catalog,
      Dialect dialect,
      Projection projection,
      TableNames read,
      TableNames computed)
      throws SQLException {
    for (String table : projection.tables()) {
      String is = read.of(table);
      String due = computed.of(table);
      String extra = first(connection, catalog, dialect, is, due);
      if (extra != null) {
        return "table " + table + " has a row that the events do not give: " + extra;
      }
      String missing = first(connection, catalog, dialect, due, is);
      if (missing != null) {
        return "table " + table + " lacks a row that the events give: " + missing;
      }
      long rows = count(connection, catalog, is);
      long rowsDue = count(connection, catalog, due);
      if (rows != rowsDue) {
        return "table " + table + " has " + rows + " rows, and the events give " + rowsDue;
      }
    }
    return null;
  }

  private static @Nullable String first(
      Connection connection, ProjectionCatalog catalog, Dialect dialect, String one, String other)
      throws SQLException {
    return catalog.first(
        connection,
        "SELECT * FROM (" + dialect.row(one) + " EXCEPT " + dialect.row(other) + ") d LIMIT 1",
        row -> {
          List<String> columns = new ArrayList<>();
          for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            columns.add(row.getMetaData().getColumnName(i) + "=" + row.getString(i));
          }
          return String.join(", ", columns);
        });
  }

  private static long count(Connection connection, ProjectionCatalog catalog, String table)
      throws SQLException {
    Long count = catalog.first(connection, "SELECT count(*) FROM " + table, row -> row.getLong(1));
    return count == null ? 0 : count;
  }
}
