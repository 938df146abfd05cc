// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

/**
 * SQLite in this process, write-ahead log, {@code synchronous=FULL}: a commit has reached the disk.
 * For one thread.
 */
public final class SqliteBaseline implements AutoCloseable {
  private static final String FULL = "2";

  private final JdbcRows rows;

  /**
   * Makes a database.
   *
   * @param file must not exist
   */
  public SqliteBaseline(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      require(statement, "PRAGMA journal_mode=WAL", "wal");
      statement.execute("PRAGMA synchronous=FULL");
      require(statement, "PRAGMA synchronous", FULL);
    }
    rows = new JdbcRows(connection);
  }

  /** A setting that was not taken would make the baseline dishonest, so it is asked back. */
  private static void require(Statement statement, String pragma, String expected)
      throws SQLException {
    try (ResultSet result = statement.executeQuery(pragma)) {
      String actual = result.next() ? result.getString(1).toLowerCase(Locale.ROOT) : "nothing";
      if (!actual.equals(expected)) {
        throw new SQLException(pragma + " says " + actual + ", not " + expected);
      }
    }
  }

  /** So many rows a commit, over and over, one commit at a time. */
  public Measured measure(int rowsPerCommit, double warmUpSeconds, double seconds)
      throws SQLException {
    return rows.repeat(rowsPerCommit, warmUpSeconds, seconds);
  }

  /** Rows in the table. */
  public long count() throws SQLException {
    return rows.count();
  }

  /** Rows that were committed. */
  public long committed() {
    return rows.committed();
  }

  @Override
  public void close() throws SQLException {
    rows.close();
  }
}
