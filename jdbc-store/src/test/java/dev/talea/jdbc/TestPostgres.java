// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server for tests, started when first asked for and shared by all tests of a
 * process, each of which gets a database of its own. Commits wait for the disk, as in production.
 */
public final class TestPostgres {
  private static final String USER = "postgres";
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private TestPostgres() {}

  /** Holds the one server; stopped when the process ends. */
  private static final class Server {
    static final EmbeddedPostgres INSTANCE = start();

    private static EmbeddedPostgres start() {
      try {
        EmbeddedPostgres server =
            EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("fsync", "on")
                .setServerConfig("max_connections", "200")
                .start();
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      try {
                        server.close();
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    }));
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  /**
   * A ledger of its own in a database that is shared: cheaper than {@link #newDatabase}, because a
   * new database is a thousand files that the server has to write.
   */
  public static PostgresTarget newSchema() {
    return target(Shared.NAME, "s" + SCHEMAS.incrementAndGet());
  }

  /** Holds the database that many tests share. */
  private static final class Shared {
    static final String NAME = create();

    private static String create() {
      try {
        execute("CREATE DATABASE shared");
        return "shared";
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** A number that no other database of this process has in its name. */
  static int number() {
    return DATABASES.incrementAndGet();
  }

  /** A new, empty database. */
  public static PostgresTarget newDatabase() throws SQLException {
    String name = "t" + DATABASES.incrementAndGet();
    execute("CREATE DATABASE " + name);
    return target(name, null);
  }

  /** A new, empty database, as people name one. */
  public static String newDatabaseUrl() throws SQLException {
    return url(newDatabase());
  }

  /** A database of the server, as people name one. */
  public static String url(PostgresTarget target) {
    return target.jdbcUrl().replace("jdbc:postgresql://", "postgres://" + USER + "@");
  }

  /** How to get into a database of the server as its owner. */
  public static PostgresTarget target(String database, @Nullable String schema) {
    return target(port(), database, schema);
  }

  /**
   * How to get into a database of any server on this machine, with the options of a plain URL.
   *
   * @param options in addition, as {@code name=value}
   */
  public static PostgresTarget target(
      int port, String database, @Nullable String schema, String... options) {
    PostgresUrl url =
        PostgresUrl.parse(
            "the test's URL",
            "postgres://%s@localhost:%d/%s?%s"
                .formatted(USER, port, database, String.join("&", options)));
    if (schema != null) {
      url = url.with(PostgresUrl.Part.SCHEMA, "the test's schema", schema);
    }
    return url.target("the test's URL");
  }

  /** Where the server listens. */
  static int port() {
    return Server.INSTANCE.getPort();
  }

  /** Runs a statement in the server's own database. */
  public static void execute(String sql) throws SQLException {
    execute(target("postgres", null), sql);
  }

  /** Runs a statement around the store. */
  public static void execute(PostgresTarget target, String sql) throws SQLException {
    try (Connection connection = connect(target);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** A connection around the store. */
  public static Connection connect(PostgresTarget target) throws SQLException {
    return DriverManager.getConnection(target.jdbcUrl(), target.properties());
  }

  /** The first column of the first row. */
  public static String ask(PostgresTarget target, String sql) throws SQLException {
    try (Connection connection = connect(target);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
