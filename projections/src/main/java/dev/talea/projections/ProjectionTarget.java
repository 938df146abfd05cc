// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The database that tables of projections are kept in. It opens connections and knows its kind;
 * what is in the tables is the business of others. Any thread.
 */
public interface ProjectionTarget extends AutoCloseable {

  /** Which SQL it understands. */
  Dialect dialect();

  /**
   * A connection without automatic commits, for one transaction that writes; waits for one within a
   * bound. Closing it rolls back what was not committed.
   */
  Connection write() throws SQLException;

  /** A connection that only reads, and automatically commits each statement. */
  Connection read() throws SQLException;

  /** A connection that sees one moment, that of its first question; nothing is to be committed. */
  default Connection snapshot() throws SQLException {
    Connection connection = read();
    try {
      if (dialect() == Dialect.POSTGRES) {
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      }
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Whether a failure is one of the database or of the moment, and the same may succeed later; if
   * not, the statement or its values are at fault.
   */
  boolean mayPass(SQLException failure);

  /** Where it is, without secrets, for people. */
  @Override
  String toString();

  @Override
  void close();
}
