// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A PostgreSQL server of its own with its data beside everybody else's, {@code fsync} and {@code
 * synchronous_commit} on, spoken to over the loopback interface with batch rewriting: a commit has
 * reached the disk. For one thread.
 */
public final class PostgresBaseline implements AutoCloseable {
  private static final String USER = "postgres";

  private final EmbeddedPostgres server;
  private final JdbcRows rows;

  /**
   * Starts the server.
   *
   * @param data folder for its data; must not exist
   */
  public PostgresBaseline(Path data) throws IOException, SQLException {
    server =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("fsync", "on")
            .start();
    boolean ready = false;
    try {
      Connection connection =
          DriverManager.getConnection(
              server.getJdbcUrl(USER, USER) + "&reWriteBatchedInserts=true");
      try (Statement statement = connection.createStatement()) {
        require(statement, "synchronous_commit");
        require(statement, "fsync");
      }
      rows = new JdbcRows(connection);
      ready = true;
    } finally {
      if (!ready) {
        server.close();
      }
    }
  }

  /** The embedding library switches durability off by default, so it is asked back. */
  private static void require(Statement statement, String setting) throws SQLException {
    try (ResultSet result = statement.executeQuery("SHOW " + setting)) {
      String actual = result.next() ? result.getString(1) : "nothing";
      if (!actual.equals("on")) {
        throw new SQLException(setting + " is " + actual + ", not on");
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

  /** For clients other than this one. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() throws IOException, SQLException {
    try {
      rows.close();
    } finally {
      server.close();
    }
  }
}
