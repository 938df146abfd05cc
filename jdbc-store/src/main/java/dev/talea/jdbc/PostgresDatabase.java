// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.talea.ledger.Outage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL 14 or newer, which may be shared with other instances: the one that writes to a book
 * holds the row of its counter. Any thread.
 *
 * <p>A pool for readers and one for writers, because their sessions have other time limits. The
 * connections that listen and notify are apart from them, see {@link PostgresListener} and {@link
 * PostgresNotifier}.
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
   * the table has grown, until it is analysed. Compiling a statement takes hundreds of times as
   * long as a look-up, and is done again each time; starting a worker beside it takes ten times as
   * long. The plan does not depend on the values either; planning a page of history anew for each
   * takes longer than reading it.
   */
  private static final Map<String, String> PLANS =
      Map.of(
          "enable_seqscan", "off",
          "enable_hashjoin", "off",
          "enable_mergejoin", "off",
          "max_parallel_workers_per_gather", "0",
          "plan_cache_mode", "force_generic_plan",
          "jit", "off");

  /**
   * A writer holds its book: it does not wait for another without end, and if this process vanishes
   * while it holds it, the server need not wait for TCP to find out. A statement may be a group of
   * hundreds of large drafts, but a request has gone after 30 s.
   */
  static final Map<String, String> WRITING =
      with(
          PLANS,
          "lock_timeout",
          "4s",
          "statement_timeout",
          "25s",
          "idle_in_transaction_session_timeout",
          "20s");

  /** A read is a look-up: what takes longer waits for a lock or for a disk that does not answer. */
  private static final Map<String, String> READING =
      with(
          PLANS,
          "lock_timeout",
          "2s",
          "statement_timeout",
          "8s",
          "idle_in_transaction_session_timeout",
          "20s");

  /** For one transaction that takes as long as it takes. */
  static final String WITHOUT_LIMITS =
      "SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),"
          + " set_config('idle_in_transaction_session_timeout', '0', true)";

  private final PostgresTarget target;
  private final StoreTime time;
  private final PostgresLogin login;
  private final HikariDataSource readers;
  private final HikariDataSource writers;
  private final int writersMax;
  private final ConnectionBudget budget;
  private final boolean budgetMustFit;
  private final boolean mayCreate;
  private final UnaryOperator<String> names;
  private final PostgresStatements statements;
  private final String groupEnd;
  private final PostgresNotifier notifier;
  private @Nullable PostgresListener listener;

  /**
   * Uses of a statement after which the server keeps it under a name; 0 for never. Not yet, as long
   * as it is not known whether the next transaction will find the server that was given the name.
   */
  private volatile int prepareThreshold;

  PostgresDatabase(PostgresTarget target, SqlStoreSettings settings, StoreTime time) {
    this.time = time;
    this.target = target;
    this.login = new PostgresLogin(target);
    this.writersMax = settings.writersOfPostgres();
    this.mayCreate = settings.mayCreate();
    this.budgetMustFit = settings.budgetMustFit();
    this.budget = settings.budget();
    this.names = names(target);
    this.statements = PostgresStatements.of(this::sql);
    this.groupEnd =
        sql(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
                + " FROM (SELECT book_id FROM talea_book WHERE book_id = ? FOR SHARE) b");
    this.readers = pool("talea-readers", settings.readersMax(false), 1, READING);
    // Of a process that follows, only what looks whether the database takes writes again.
    this.writers = pool("talea-writers", writersMax, settings.follows() ? 0 : 1, WRITING);
    this.notifier = new PostgresNotifier(login, this, time);
  }

  /** Puts the names of a ledger's tables into statements. */
  static UnaryOperator<String> names(PostgresTarget target) {
    String schema = target.schema();
    String prefix =
        Matcher.quoteReplacement(schema == null ? "talea_" : quoted(schema) + ".talea_");
    return sql -> TABLE.matcher(sql).replaceAll(prefix);
  }

  private static Map<String, String> with(Map<String, String> base, String... more) {
    Map<String, String> all = new TreeMap<>(base);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return all;
  }

  /** Statements that tell a session its settings. */
  static String session(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(each -> "SET " + each.getKey() + " = '" + each.getValue() + "'")
        .collect(Collectors.joining("; "));
  }

  /** As sessions that read are told. */
  static String readingSession() {
    return session(READING);
  }

  private HikariDataSource pool(String name, int size, int idle, Map<String, String> settings) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    try {
      config.setDataSource(login.dataSource());
    } catch (SQLException e) {
      throw new SqlStoreException(
          "The options of the database's URL do not fit each other: " + e.getMessage(), e);
    }
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(idle);
    config.setConnectionTimeout(CONNECTION_WAIT_MILLIS);
    config.setValidationTimeout(VALIDATION_MILLIS);
    config.setInitializationFailTimeout(-1); // a database that is down comes back
    // Whatever the server's default is: a stricter one would refuse us what the lock allows.
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    // Whatever a server or role says: a commit is acknowledged when it is on disk.
    config.setConnectionInitSql(
        session(settings)
            + "; SELECT CASE WHEN current_setting('synchronous_commit') NOT IN ('on',"
            + " 'remote_apply') THEN set_config('synchronous_commit', 'on', false) END");
    return new HikariDataSource(config);
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
  public void prepare(boolean patient) throws SQLException {
    try (Connection connection = patient ? login.connectPatiently("prepares") : reader()) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        // Another instance may be at it, and tables may be large.
        statement.execute(WITHOUT_LIMITS);
        check(statement);
        int threshold = chooseThreshold(connection, statement);
        migrate(connection, target, mayCreate);
        connection.commit();
        prepareThreshold = threshold;
      }
    }
  }

  /**
   * Makes the tables what they have to be, in the transaction that is open. One instance at a time:
   * the lock goes with the transaction, so that it also works through a pooler that gives each
   * transaction another connection.
   */
  static void migrate(Connection connection, PostgresTarget target, boolean mayCreate)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_xact_lock(hashtext('talea migration'))");
      String schema = target.schema();
      if (mayCreate && schema != null && !exists(statement, schema)) {
        statement.execute("CREATE SCHEMA IF NOT EXISTS " + quoted(schema));
      }
      new Migrations("postgres", names(target), mayCreate).run(connection);
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
    checkServer(statement);
    budget.check(statement, budgetMustFit);
    refuseReadOnly(statement);
  }

  /** Whether the server can keep what a ledger promises. */
  static void checkServer(Statement statement) throws SQLException {
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
    return connection(readers);
  }

  private Connection connection(HikariDataSource pool) throws SQLException {
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
    Connection connection = connection(writers);
    boolean ready = false;
    try {
      connection.setAutoCommit(false);
      ready = true;
      return new PostgresSession(connection, statements, prepareThreshold == 0);
    } finally {
      if (!ready) {
        connection.close();
      }
    }
  }

  @Override
  public PoolSize poolSize() {
    PoolSize reading = PoolSize.of(readers);
    PoolSize writing = PoolSize.of(writers);
    return new PoolSize(reading.size() + writing.size(), reading.idle() + writing.idle());
  }

  @Override
  public void suspect() {
    for (HikariDataSource pool : List.of(readers, writers)) {
      HikariPoolMXBean ready = pool.getHikariPoolMXBean();
      if (ready != null) {
        ready.softEvictConnections();
      }
    }
  }

  /** Waits for the session that holds the row of the book, and asks for the time after that. */
  @Override
  public long awaitGroup(Connection connection, int bookId) throws SQLException {
    try (PreparedStatement ask = connection.prepareStatement(groupEnd)) {
      ask.setInt(1, bookId);
      try (ResultSet row = ask.executeQuery()) {
        return row.next() ? row.getLong(1) : Long.MIN_VALUE;
      }
    }
  }

  @Override
  public @Nullable Outage trouble() {
    return null; // the server knows its files, and its clock is the one that counts
  }

  @Override
  public void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      refuseReadOnly(statement);
    }
  }

  static void refuseReadOnly(Statement statement) throws SQLException {
    if (setting(statement, "transaction_read_only").equals("on")) {
      throw new SQLException("the server takes no writes; is it a standby?", "25006");
    }
  }

  @Override
  public void acceptClock() {
    // Commit times are the server's.
  }

  @Override
  public void committed(String book) {
    notifier.committed(book);
  }

  @Override
  public synchronized void listen(Advances advances) {
    listener = new PostgresListener(login, this, notifier::isOurs, advances, time);
    listener.start();
    notifier.start();
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
    notifier.close();
    readers.close();
    writers.close();
  }
}
