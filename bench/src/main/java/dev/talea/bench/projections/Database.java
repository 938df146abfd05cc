// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.projections;

import dev.talea.projections.Dialect;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.target.PostgresTarget;
import dev.talea.projections.target.SqliteTarget;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Where tables go in a measurement: a folder for files of SQLite, or a server of PostgreSQL. Each
 * time it is asked it gives an empty place, so that turns begin alike. For one thread.
 */
public final class Database {
  private static final String USER = "postgres";
  private static final int POOL_IDLE = 2;
  private static final int POOL_MOST = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Dialect dialect;
  private final @Nullable Path folder;
  private final int port;
  private int places;

  private Database(Dialect dialect, @Nullable Path folder, int port) {
    this.dialect = dialect;
    this.folder = folder;
    this.port = port;
  }

  /** Files in a folder that is there. */
  public static Database sqlite(Path folder) {
    return new Database(Dialect.SQLITE, folder, 0);
  }

  /** Schemas of a server on this machine whose user postgres needs no password. */
  public static Database postgres(int port) {
    return new Database(Dialect.POSTGRES, null, port);
  }

  Dialect dialect() {
    return dialect;
  }

  /** For people. */
  public String name() {
    return dialect == Dialect.SQLITE ? "SQLite" : "PostgreSQL";
  }

  /** A target as a server opens it, with nothing in it. */
  ProjectionTarget fresh() {
    String place = next();
    if (folder != null) {
      return new SqliteTarget(folder.resolve(place));
    }
    return new PostgresTarget(
        jdbcUrl(),
        login(),
        place,
        new PostgresTarget.Settings(POOL_IDLE, POOL_MOST, PATIENCE, PATIENCE, true));
  }

  /**
   * A connection as a program by hand would open it, in an empty place, without automatic commits.
   * SQLite syncs as the target does, in the WAL mode and not with each commit; PostgreSQL with each
   * commit, and batches are rewritten into statements of many rows.
   */
  Connection byHand() throws SQLException {
    String place = next();
    if (folder != null) {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(place));
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode=WAL");
        statement.execute("PRAGMA synchronous=NORMAL");
      }
      connection.setAutoCommit(false);
      return connection;
    }
    Properties login = login();
    login.setProperty("reWriteBatchedInserts", "true");
    Connection connection = DriverManager.getConnection(jdbcUrl(), login);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + place);
      statement.execute("SET search_path TO " + place);
    }
    connection.commit();
    return connection;
  }

  private String next() {
    return "place_" + ++places;
  }

  private String jdbcUrl() {
    return "jdbc:postgresql://localhost:" + port + "/postgres";
  }

  private static Properties login() {
    Properties login = new Properties();
    login.setProperty("user", USER);
    return login;
  }
}
