// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Walks the answer to a question row by row, a few of which are in memory at a time: several walks
 * go side by side over one connection. Stands at a row, or behind the last. One thread.
 */
final class Cursor implements AutoCloseable {
  /** So many rows of drafts as long as {@link SqlHistory#DRAFT_BYTES_MAX} are 4 MiB. */
  private static final int ROWS_AT_ONCE = 128;

  private final PreparedStatement statement;
  private final Row row;
  private boolean there;

  /**
   * Stands at the first row.
   *
   * @param connection with autocommit off: only then does a driver fetch rows as they are needed
   */
  Cursor(Connection connection, Query query, Object... values) throws SQLException {
    PreparedStatement ask = query.prepare(connection);
    boolean ready = false;
    try {
      ask.setFetchSize(ROWS_AT_ONCE);
      ResultSet answer = query.ask(ask, values);
      this.statement = ask;
      this.row = query.rows(answer);
      this.there = row.next();
      ready = true;
    } finally {
      if (!ready) {
        ask.close();
      }
    }
  }

  /** Whether there is a row here. */
  boolean there() {
    return there;
  }

  /** The row here. */
  Row row() {
    return row;
  }

  /** The number in a column; beyond all others behind the last row. */
  long at(Column column) throws SQLException {
    return there ? row.number(column) : Long.MAX_VALUE;
  }

  void next() throws SQLException {
    there = row.next();
  }

  @Override
  public void close() throws SQLException {
    statement.close();
  }
}
