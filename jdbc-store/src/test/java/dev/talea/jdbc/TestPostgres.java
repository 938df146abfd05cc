package dev.talea.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

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

  /** A new, empty database. */
  public static PostgresTarget newDatabase() throws SQLException {
    String name = "t" + DATABASES.incrementAndGet();
    execute("CREATE DATABASE " + name);
    return target(name, null);
  }

  /** How to get into a database of the server as its owner. */
  public static PostgresTarget target(
      String database, @org.jspecify.annotations.Nullable String schema) {
    Properties properties = new Properties();
    properties.setProperty("user", USER);
    return new PostgresTarget(
        "jdbc:postgresql://localhost:" + Server.INSTANCE.getPort() + "/" + database,
        properties,
        schema);
  }

  /** Runs a statement in the server's own database. */
  public static void execute(String sql) throws SQLException {
    try (Connection connection = connect(target("postgres", null));
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
