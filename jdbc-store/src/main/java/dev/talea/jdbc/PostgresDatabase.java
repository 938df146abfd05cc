package dev.talea.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL 14 or newer, which may be shared with other instances: whoever writes to a book holds
 * the row of its counter. Any thread.
 *
 * <p>One pool for readers and writers; writers never take all of it. The connection that listens is
 * apart from it, see {@link PostgresListener}.
 */
final class PostgresDatabase implements Database {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresDatabase.class);

  private static final int VERSION_MIN = 140000;

  /** A caller who would have to wait longer is told that the database does not answer. */
  private static final long CONNECTION_WAIT_MILLIS = TimeUnit.SECONDS.toMillis(2);

  private static final String PREPARE_THRESHOLD = "prepareThreshold";
  private static final int PREPARE_THRESHOLD_DEFAULT = 5;
  private static final long VALIDATION_MILLIS = 1_000;
  private static final Pattern TABLE = Pattern.compile("\\btalea_");

  /**
   * What every session is told. Everything we ask is a look-up in an index, but a table that fits
   * into a page is rather walked; that plan is kept with the prepared statement, and kept on when
   * the table has grown, until somebody analyses it.
   */
  static final String SESSION = "SET enable_seqscan = off";

  private final PostgresTarget target;
  private final HikariDataSource pool;
  private final int writersMax;
  private final ConnectionBudget budget;
  private final UnaryOperator<String> names;
  private final PostgresSession.Statements statements;
  private @Nullable PostgresListener listener;

  /**
   * Uses of a statement after which the server keeps it under a name; 0 for never. Not yet, as long
   * as nobody knows whether the next transaction will find the server that was given the name.
   */
  private volatile int prepareThreshold;

  PostgresDatabase(PostgresTarget target, SqlStoreSettings settings) {
    this.target = target;
    this.writersMax = settings.connectionsMax() / 2;
    this.budget =
        new ConnectionBudget(
            writersMax, settings.connectionsMax() - writersMax, settings.instances());
    String schema = target.schema();
    String prefix = schema == null ? "talea_" : quoted(schema) + ".talea_";
    this.names =
        sql -> TABLE.matcher(sql).replaceAll(prefix.replace("\\", "\\\\").replace("$", "\\$"));
    this.statements = PostgresSession.Statements.of(this::sql);
    HikariConfig config = new HikariConfig();
    config.setPoolName("talea");
    config.setJdbcUrl(target.jdbcUrl());
    config.setDataSourceProperties(target.properties());
    config.setMaximumPoolSize(settings.connectionsMax());
    config.setMinimumIdle(1);
    config.setConnectionTimeout(CONNECTION_WAIT_MILLIS);
    config.setValidationTimeout(VALIDATION_MILLIS);
    config.setInitializationFailTimeout(-1); // a database that is down comes back
    // Whatever the server's default is: a stricter one would refuse us what the lock allows.
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    config.setConnectionInitSql(SESSION);
    this.pool = new HikariDataSource(config);
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  @Override
  public String backend() {
    return "postgres";
  }

  @Override
  public int writersMax() {
    return writersMax;
  }

  @Override
  public String sql(String statement) {
    return names.apply(statement);
  }

  @Override
  public void prepare() throws SQLException {
    try (Connection connection = reader()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        check(statement);
        int threshold = chooseThreshold(connection, statement);
        // One instance at a time. The lock goes with the transaction, so that it also works through
        // a pooler that gives each transaction another connection.
        statement.execute("SELECT pg_advisory_xact_lock(hashtext('talea migration'))");
        String schema = target.schema();
        if (schema != null && !exists(statement, schema)) {
          statement.execute("CREATE SCHEMA IF NOT EXISTS " + quoted(schema));
        }
        new Migrations("postgres", this::sql).run(connection);
        connection.commit();
        prepareThreshold = threshold;
      }
    }
  }

  private static boolean exists(Statement statement, String schema) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT 1 FROM pg_namespace WHERE nspname = '" + schema.replace("'", "''") + "'")) {
      return row.next();
    }
  }

  private void check(Statement statement) throws SQLException {
    int version = Integer.parseInt(setting(statement, "server_version_num"));
    if (version < VERSION_MIN) {
      throw new SqlStoreException(
          "The server is PostgreSQL %d; 14 or newer is needed.".formatted(version / 10_000));
    }
    String encoding = setting(statement, "server_encoding");
    if (!encoding.equals("UTF8")) {
      throw new SqlStoreException(
          "The database is encoded in %s; make one with ENCODING 'UTF8'.".formatted(encoding));
    }
    for (String name : new String[] {"fsync", "full_page_writes"}) {
      if (!setting(statement, name).equals("on")) {
        LOG.warn(
            "The server runs with {} = {}: a crash of its machine can lose or damage what has been"
                + " acknowledged. Switch it on.",
            name,
            setting(statement, name));
      }
    }
    checkBudget(statement);
    if (setting(statement, "transaction_read_only").equals("on")) {
      throw new SQLException("the server takes no writes; is it a standby?", "25006");
    }
  }

  private void checkBudget(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery(ConnectionBudget.Limits.QUERY)) {
      row.next();
      String warning =
          budget.warning(
              new ConnectionBudget.Limits(
                  row.getInt(1), row.getInt(2), row.getInt(3), row.getInt(4), row.getInt(5)));
      if (warning != null) {
        LOG.warn(warning);
      }
    }
  }

  private static String setting(Statement statement, String name) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT current_setting('" + name + "')")) {
      row.next();
      return Rows.text(row, 1);
    }
  }

  /**
   * Behind a pooler that gives each transaction another server process, a name that was given to
   * one process means something else, or nothing, to the next. A pooler is recognised by the number
   * of the process: it tells its own.
   */
  private int chooseThreshold(Connection connection, Statement statement) throws SQLException {
    String chosen = target.properties().getProperty(PREPARE_THRESHOLD);
    if (chosen != null) {
      return Integer.parseInt(chosen);
    }
    try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      if (row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID()) {
        return PREPARE_THRESHOLD_DEFAULT;
      }
    }
    LOG.info(
        "There is a pooler before the database, so statements are not prepared by name, which is"
            + " slower and always right. If it keeps them apart, as PgBouncer does from 1.21 on with"
            + " max_prepared_statements, add prepareThreshold=5 to the URL.");
    return 0;
  }

  @Override
  public Connection reader() throws SQLException {
    Connection connection = pool.getConnection();
    boolean ready = false;
    try {
      connection.unwrap(PGConnection.class).setPrepareThreshold(prepareThreshold);
      ready = true;
      return connection;
    } finally {
      if (!ready) {
        connection.close();
      }
    }
  }

  @Override
  public WriteSession begin() throws SQLException {
    Connection connection = reader();
    boolean ready = false;
    try {
      connection.setAutoCommit(false);
      ready = true;
      return new PostgresSession(connection, statements);
    } finally {
      if (!ready) {
        connection.close();
      }
    }
  }

  @Override
  public PoolSize poolSize() {
    return PoolSize.of(pool);
  }

  @Override
  public void suspect() {
    HikariPoolMXBean ready = pool.getHikariPoolMXBean();
    if (ready != null) {
      ready.softEvictConnections();
    }
  }

  @Override
  public synchronized void listen(Advances advances) {
    listener = new PostgresListener(target, this, advances);
    listener.start();
  }

  @Override
  public void close() {
    PostgresListener listening;
    synchronized (this) {
      listening = listener;
    }
    if (listening != null) {
      listening.close();
    }
    pool.close();
  }
}
