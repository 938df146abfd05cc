// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.target;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.talea.projections.Dialect;
import dev.talea.projections.ProjectionTarget;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Projections in a schema of PostgreSQL, over one pool that all of a process share. A transaction
 * that its process has fallen asleep in is ended by the server, so that another may go on. Any
 * thread.
 */
public final class PostgresTarget implements ProjectionTarget {
  private static final Pattern SCHEMA = Pattern.compile("[A-Za-z0-9_]{1,63}");
  private static final String REWRITE = "reWriteBatchedInserts";

  private final String where;
  private final String schema;
  private final boolean createSchema;
  private final AtomicBoolean made = new AtomicBoolean();
  private final HikariDataSource pool;

  /**
   * What may be set.
   *
   * @param idle connections that are kept
   * @param most connections at a time; those that wait for one wait {@code patience}
   * @param asleep how long a transaction may do nothing
   * @param createSchema make the schema if it is not there
   */
  public record Settings(
      int idle, int most, Duration patience, Duration asleep, boolean createSchema) {}

  /**
   * Nothing is opened yet.
   *
   * @param jdbcUrl of the driver
   * @param login what goes with it: user, password, options
   * @param schema letters, digits and underscores
   */
  public PostgresTarget(String jdbcUrl, Properties login, String schema, Settings settings) {
    if (!SCHEMA.matcher(schema).matches()) {
      throw new IllegalArgumentException(
          "The schema of projections is '" + schema + "'; it takes letters, digits, underscores.");
    }
    this.where = jdbcUrl.replaceFirst("\\?.*", "") + " schema " + schema;
    this.schema = schema;
    this.createSchema = settings.createSchema;
    HikariConfig config = new HikariConfig();
    config.setPoolName("talea-projections");
    config.setJdbcUrl(jdbcUrl);
    config.setDataSourceProperties(login);
    if (login.getProperty(REWRITE) == null && !jdbcUrl.contains(REWRITE)) {
      // Rows of a batch as one statement: the server parses and plans for a hundred rows at once.
      config.addDataSourceProperty(REWRITE, "true");
    }
    config.setMaximumPoolSize(settings.most);
    config.setMinimumIdle(Math.min(settings.idle, settings.most));
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(settings.patience.toMillis());
    config.setAutoCommit(true);
    config.setConnectionInitSql(
        "SET search_path TO \""
            + schema
            + "\"; SET idle_in_transaction_session_timeout TO "
            + settings.asleep.toMillis());
    this.pool = new HikariDataSource(config);
  }

  @Override
  public Dialect dialect() {
    return Dialect.POSTGRES;
  }

  @Override
  public Connection write() throws SQLException {
    Connection connection = read();
    try {
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public Connection read() throws SQLException {
    Connection connection = pool.getConnection();
    try {
      if (createSchema && !made.get()) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("CREATE SCHEMA IF NOT EXISTS \"" + schema + "\"");
        }
        made.set(true);
      }
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public boolean mayPass(SQLException failure) {
    String state = state(failure);
    return state == null
        || state.startsWith("08") // connection
        || state.startsWith("25") // state of the transaction: ended for idling, read only
        || state.startsWith("28") // login
        || state.startsWith("3D") // no such database
        || state.startsWith("3F") // no such schema
        || state.startsWith("40") // rolled back: deadlock
        || state.startsWith("53") // out of something
        || state.startsWith("55") // in use
        || state.startsWith("57") // ended by an operator
        || state.startsWith("58") // disk
        || state.equals("42501") // may not
        || state.startsWith("XX");
  }

  /** The first state of the exception or of what caused it. */
  private static @Nullable String state(SQLException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return where;
  }

  @Override
  public void close() {
    pool.close();
  }
}
