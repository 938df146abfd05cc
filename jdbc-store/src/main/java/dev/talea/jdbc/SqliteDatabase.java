// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.ledger.Outage;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/**
 * SQLite, in one file: one connection writes, the others only read. The log of changes (WAL) is
 * synced with every commit. Other processes may use the file too; what they commit is noticed by
 * looking at the file's version a few times a second. Any thread.
 */
final class SqliteDatabase implements Database {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteDatabase.class);

  private static final int BUSY_MILLIS = 5_000;
  private static final long PREPARE_PAUSE_MILLIS = 10;
  private static final long CONNECTION_WAIT_MILLIS = TimeUnit.SECONDS.toMillis(2);

  /** Negative: in KiB. */
  private static final int WRITER_CACHE = -65_536;

  /**
   * Pages of 4 KiB in the log of changes before they are copied into the file. The default of 1,000
   * is a few groups: random keys touch a page each.
   */
  private static final int CHECKPOINT_PAGES = 4_096;

  /** SQLite's own bound. */
  private static final long PAGES_MAX = 4_294_967_294L;

  private static final long LOOK_MILLIS = 100;
  private static final long LOOK_ANYWAY_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long CLOSE_MILLIS = 5_000;
  private static final int CLOSE_BUSY_MILLIS = 2_000;
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Path file;
  private final boolean mayCreate;
  private final SqliteClock clock;
  private final StoreTime time;
  private final LongSupplier pagesMax;
  private final SqliteFiles files;
  private final String url;
  private final HikariDataSource readers;

  /** Whose turn it is to write; there is one writer thread, but closing is done by another. */
  private final Semaphore turn = new Semaphore(1);

  /** Guarded by {@link #turn}. */
  private @Nullable SqliteSession writer;

  /** Guarded by {@link #turn}: the last transaction came to its end. */
  private boolean ended;

  /** Guarded by {@link #turn}: a writer that has not begun anything yet. */
  private boolean fresh;

  private volatile boolean closed;
  private volatile @Nullable Thread looking;

  /** There are commits that may not be in the file itself yet. */
  private volatile boolean unsettled;

  private volatile long lastCommitNanos;

  SqliteDatabase(Path file, SqlStoreSettings settings, SqliteClock clock, StoreTime time) {
    this(file, settings, clock, time, () -> PAGES_MAX);
  }

  /**
   * @param pagesMax pages that the file has room for, asked when a connection that writes is made
   */
  SqliteDatabase(
      Path file,
      SqlStoreSettings settings,
      SqliteClock clock,
      StoreTime time,
      LongSupplier pagesMax) {
    this.time = time;
    this.pagesMax = pagesMax;
    this.file = file;
    this.mayCreate = settings.mayCreate();
    this.clock = clock;
    this.files = new SqliteFiles(file, clock::nanos);
    this.url = "jdbc:sqlite:" + file.toAbsolutePath();
    HikariConfig config = new HikariConfig();
    config.setPoolName("talea");
    SQLiteDataSource source =
        new SQLiteDataSource(reading()) {
          @Override
          public SQLiteConnection getConnection(String user, String password) throws SQLException {
            // The driver makes a file that is not there, to see whether it can.
            files.check();
            return super.getConnection(user, password);
          }
        };
    source.setUrl(url);
    config.setDataSource(source);
    config.setReadOnly(true); // as the source makes them, which cannot be changed later
    config.setMaximumPoolSize(settings.readersMax(true));
    config.setMinimumIdle(0);
    config.setConnectionTimeout(CONNECTION_WAIT_MILLIS);
    config.setInitializationFailTimeout(-1);
    this.readers = new HikariDataSource(config);
  }

  /** As connections that read are made. */
  static SQLiteConfig reading() {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout(BUSY_MILLIS);
    return config;
  }

  /** As the connection that writes is made. */
  static SQLiteConfig writing() {
    SQLiteConfig config = new SQLiteConfig();
    // The file is made, if at all, before it is opened.
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(BUSY_MILLIS);
    config.setCacheSize(WRITER_CACHE);
    config.enforceForeignKeys(true);
    // They are not asked for, and looking for them would be one more statement for each.
    config.setGetGeneratedKeys(false);
    // A Mac's fsync leaves the bytes in the disk's cache unless it is asked for more.
    config.setPragma(SQLiteConfig.Pragma.FULL_SYNC, "true");
    return config;
  }

  @Override
  public String backend() {
    return "sqlite";
  }

  @Override
  public int writersMax() {
    return 1;
  }

  @Override
  public String sql(String statement) {
    return statement;
  }

  @Override
  public void prepare(boolean patient) throws SQLException {
    long until = time.nanos() + TimeUnit.MILLISECONDS.toNanos(BUSY_MILLIS);
    while (true) {
      try {
        prepareOnce();
        return;
      } catch (SQLiteException e) {
        // The process that switches a new file to WAL needs it alone, and SQLite does not wait for
        // it.
        boolean busy = (e.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code;
        if (!busy || time.nanos() > until) {
          throw e;
        }
        time.pause(PREPARE_PAUSE_MILLIS);
      }
    }
  }

  private void prepareOnce() throws SQLException {
    requireFolder(file);
    if (mayCreate) {
      SystemFiles.createPrivately(file);
    } else {
      requireLedger();
    }
    try (Connection connection = writing().createConnection(url)) {
      requireDurable(connection);
      connection.setAutoCommit(false);
      new Migrations("sqlite", this::sql, mayCreate).run(connection);
      connection.commit();
      files.opened();
      clock.compareWith(newestCommit(connection));
    } catch (SQLiteException e) {
      if (e.getResultCode() == SQLiteErrorCode.SQLITE_CANTOPEN) {
        throw new SqlStoreException(
            ("The SQLite file %s can be neither opened nor made. See that it is a file, and that this"
                    + " program may write to its directory.")
                .formatted(file),
            e);
      }
      throw e;
    } catch (SQLException e) {
      if (SqlLedgerStore.reason(e).startsWith("No native library found")) {
        throw new SqlStoreException(
            ("The SQLite file %s cannot be used: SQLite's native library cannot be unpacked into %s"
                    + " and loaded from there. Name a directory that may be written, on a file system"
                    + " that is not mounted noexec: TALEA_JAVA_OPTS=-Dorg.sqlite.tmpdir=DIR")
                .formatted(file, SystemFiles.nativeLibraryDirectory()),
            e);
      }
      throw e;
    }
  }

  /** Makes sure that a file can be made. */
  static void requireFolder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null && !SystemFiles.isDirectory(parent)) {
      throw new SqlStoreException(
          "The SQLite file %s cannot be used: there is no directory %s. Create it first."
              .formatted(file, parent));
    }
  }

  private static long newestCommit(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT max(last_at) FROM talea_book")) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** Looks without changing anything: the file may be that of another program. */
  private void requireLedger() throws SQLException {
    if (SystemFiles.isDirectory(file)) {
      return; // opening it says so
    }
    boolean there = SystemFiles.isFilled(file);
    if (there) {
      try (Connection connection = reading().createConnection(url);
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'talea_migration'")) {
        there = row.next();
      }
    }
    if (!there) {
      throw SqlStoreException.noLedger(
          "The SQLite file %s holds no ledger: %s. Is it the right name, and is its disk mounted?"
              .formatted(
                  file,
                  SystemFiles.isFilled(file)
                      ? "the table talea_migration is not there"
                      : "it is not there, or is empty"));
    }
  }

  /** Makes sure that a commit will be on disk. */
  static void requireDurable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      require(statement, "journal_mode", "wal");
      require(statement, "synchronous", "2");
      require(statement, "encoding", "UTF-8");
    }
  }

  private static void require(Statement statement, String pragma, String expected)
      throws SQLException {
    try (ResultSet row = statement.executeQuery("PRAGMA " + pragma)) {
      String actual = row.next() ? Rows.text(row, 1) : "nothing";
      if (!actual.equalsIgnoreCase(expected)) {
        throw new SqlStoreException(
            "SQLite's %s is %s for this file, and must be %s for commits to be durable."
                .formatted(pragma, actual, expected));
      }
    }
  }

  @Override
  public Connection reader() throws SQLException {
    files.check();
    return readers.getConnection();
  }

  @Override
  public WriteSession begin() throws SQLException {
    Outage doubt = clock.look();
    if (doubt != null) {
      throw new OutageException(doubt);
    }
    return hold();
  }

  /** As {@link #begin}, for what needs no commit time. */
  private WriteSession hold() throws SQLException {
    turn.acquireUninterruptibly();
    boolean begun = false;
    try {
      if (closed) {
        throw new SQLException("the database has been closed", "08003");
      }
      files.checkAll();
      SqliteSession session = writer;
      if (session == null) {
        Connection connection = writing().createConnection(url);
        session = new SqliteSession(connection, clock, turn::release);
        writer = session;
        fresh = true;
        try (Statement statement = connection.createStatement()) {
          statement.execute("PRAGMA wal_autocheckpoint = " + CHECKPOINT_PAGES);
          statement.execute("PRAGMA max_page_count = " + pagesMax.getAsLong());
        }
      }
      ended = false;
      session.begin();
      if (fresh) {
        files.check(); // what has been opened is what was looked at before
        files.writing();
        fresh = false;
      }
      begun = true;
      return new Transaction(session);
    } finally {
      if (!begun) {
        discardWriter();
        turn.release();
      }
    }
  }

  /** A setting of the connection that writes, as SQLite reports it. */
  String writerPragma(String name) throws SQLException {
    try (Connection connection = writing().createConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA " + name)) {
      return row.next() ? Rows.text(row, 1) : "nothing";
    }
  }

  private void discardWriter() {
    if (writer != null) {
      writer.discard();
      writer = null;
    }
  }

  /** Notes whether a transaction came to its end, so that the connection may be used again. */
  private final class Transaction implements WriteSession {
    private final SqliteSession session;

    Transaction(SqliteSession session) {
      this.session = session;
    }

    @Override
    public BookState read(BookQuestion question) throws SQLException {
      return session.read(question);
    }

    @Override
    public Map<String, KnownTransaction> readDrafts(String book, BookState state, Set<String> keys)
        throws SQLException {
      return session.readDrafts(book, state, keys);
    }

    @Override
    public void write(BookChanges changes) throws SQLException {
      session.write(changes);
    }

    @Override
    public void commit() throws SQLException {
      session.commit();
      ended = true;
      unsettled = true;
      lastCommitNanos = time.nanos();
      files.checkAll();
    }

    @Override
    public void probe() throws SQLException {
      session.probe();
    }

    @Override
    public void rollback() throws SQLException {
      session.rollback();
      ended = true;
    }

    @Override
    public void close() {
      if (!ended) {
        // What failed half-way still holds the file's write lock, perhaps until the next write.
        discardWriter();
      }
      session.close();
    }
  }

  /** While we could write no other process does: no group is on its way. */
  @Override
  public long awaitGroup(Connection connection, int bookId) throws SQLException {
    try (WriteSession session = hold()) {
      session.rollback();
    }
    return clock.micros();
  }

  @Override
  public @Nullable Outage trouble() {
    Outage exchanged = files.outage();
    return exchanged != null ? exchanged : clock.look();
  }

  @Override
  public void check(Connection connection) {
    // It is there, and a process that may open it may write to it.
  }

  @Override
  public void acceptClock() {
    clock.accept();
  }

  @Override
  public void committed(String book) {
    // Other processes look at the version of the file.
  }

  /** Those that read; the one that writes is always there. */
  @Override
  public PoolSize poolSize() {
    return PoolSize.of(readers);
  }

  @Override
  public void suspect() {
    // A connection to a file does not break because another one was busy.
  }

  @Override
  public void listen(Advances advances) {
    Thread thread = time.thread(() -> look(advances), "talea-sqlite-listener");
    thread.setDaemon(true);
    looking = thread;
    thread.start();
  }

  private void look(Advances advances) {
    while (!closed) {
      try (Connection connection = readingNow();
          Statement statement = connection.createStatement()) {
        long seen = -1;
        long looked = time.nanos();
        while (!closed) {
          if (advances.wanted()) {
            long version = version(statement);
            // Now and then in any case: a look that failed is not to cost an event.
            if (version != seen || time.nanos() - looked > LOOK_ANYWAY_NANOS) {
              seen = version;
              looked = time.nanos();
              advances.anyAdvanced();
            }
          }
          settle();
          time.pause(LOOK_MILLIS);
        }
      } catch (SQLException e) {
        LOG.debug("Looking at the version of the file failed, and is tried again", e);
        time.pause(10 * LOOK_MILLIS);
      } catch (RuntimeException e) {
        LOG.error("Looking for news failed, and is tried again", e);
        time.pause(10 * LOOK_MILLIS);
      }
    }
  }

  private static long version(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("PRAGMA data_version")) {
      row.next();
      return row.getLong(1);
    }
  }

  private Connection readingNow() throws SQLException {
    files.check();
    return reading().createConnection(url);
  }

  /**
   * When nothing has been committed for a while, the log of changes is copied into the file. What
   * lies in the log is as safe from a crash, but not from a flipped bit: all that follows in the
   * log would be passed over without a word.
   */
  private void settle() {
    if (!unsettled || time.nanos() - lastCommitNanos < SETTLE_NANOS || !turn.tryAcquire()) {
      return;
    }
    try {
      SqliteSession session = writer;
      unsettled = false;
      if (session != null && !closed) {
        files.checkAll();
        session.checkpoint(0);
        session.waitForLocks(BUSY_MILLIS);
      }
    } catch (SQLException e) {
      LOG.debug("The log of changes of {} was not copied into the file, later it will be", file, e);
      discardWriter();
    } finally {
      turn.release();
    }
  }

  /**
   * Leaves one file. SQLite copies the log of changes into the file when the last connection is
   * closed, but only if that one may write and it can; so it is told to, and the one that writes is
   * the last.
   */
  @Override
  public void close() {
    boolean first = !closed;
    closed = true;
    Thread thread = looking;
    if (thread != null) {
      LockSupport.unpark(thread);
      time.awaitEnd(thread, CLOSE_MILLIS);
    }
    readers.close();
    turn.acquireUninterruptibly();
    try {
      if (first && files.isOpened()) {
        leaveOneFile();
      }
      discardWriter();
    } finally {
      turn.release();
    }
  }

  private void leaveOneFile() {
    try {
      files.checkAll();
      try (Connection connection = writing().createConnection(url)) {
        discardWriter();
        if (new SqliteSession(connection, clock, () -> {}).checkpoint(CLOSE_BUSY_MILLIS)) {
          return;
        }
      }
      LOG.info(
          "Another process uses {}: the last commits are in {}-wal until it stops. A copy of the"
              + " ledger needs both files.",
          file,
          file.getFileName());
    } catch (SQLException e) {
      LOG.warn(
          "The log of changes could not be copied into {}: the last commits are in {}-wal. A copy of"
              + " the ledger needs both files. Reason: {}",
          file,
          file.getFileName(),
          e.getMessage());
    }
  }
}
