// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The smallest honest version of a posting in a database: one row with the two accounts, the
 * amount, the key and the time, under a primary key. No index on the idempotency key, no look at a
 * balance, no rule: a ledger on the same database does more work per posting than this.
 *
 * <p>One connection, for one thread.
 */
final class JdbcRows implements AutoCloseable {
  private static final String CREATE =
      "CREATE TABLE posting (seq BIGINT PRIMARY KEY, idempotency_key TEXT NOT NULL,"
          + " debit TEXT NOT NULL, credit TEXT NOT NULL, asset TEXT NOT NULL,"
          + " minor BIGINT NOT NULL, at_micros BIGINT NOT NULL)";
  private static final String INSERT =
      "INSERT INTO posting (seq, idempotency_key, debit, credit, asset, minor, at_micros)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?)";

  private final Connection connection;
  private final PreparedStatement insert;
  private long seq;

  /** Makes the table, which must not be there, and turns auto-commit off. */
  JdbcRows(Connection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      statement.execute(CREATE);
    }
    connection.setAutoCommit(false);
    insert = connection.prepareStatement(INSERT);
  }

  /** Inserts so many rows in one batch and commits them. */
  long commit(int rows) throws SQLException {
    for (int i = 0; i < rows; i++) {
      seq++;
      insert.setLong(1, seq);
      insert.setString(2, String.format("0f8fad5b-d9cb-469f-a165-%012x", seq));
      insert.setString(3, "cash");
      insert.setString(4, "sales");
      insert.setString(5, "EUR");
      insert.setLong(6, 1 + seq % 1000);
      insert.setLong(7, 1_700_000_000_000_000L + seq);
      insert.addBatch();
    }
    insert.executeBatch();
    connection.commit();
    return rows;
  }

  /** Commits so many rows over and over, one commit at a time. */
  Measured repeat(int rows, double warmUpSeconds, double seconds) throws SQLException {
    return OneAtATime.run(warmUpSeconds, seconds, 0, () -> commit(rows));
  }

  /** How many rows the table has. */
  long count() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT count(*) FROM posting")) {
      result.next();
      return result.getLong(1);
    }
  }

  /** How many rows were sent and committed. */
  long committed() {
    return seq;
  }

  @Override
  public void close() throws SQLException {
    insert.close();
    connection.close();
  }
}
