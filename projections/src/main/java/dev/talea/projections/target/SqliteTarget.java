// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.target;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.talea.projections.Dialect;
import dev.talea.projections.ProjectionTarget;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Set;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Projections in a file of SQLite: one connection that writes, a few that read beside it. After a
 * power loss the file may be some transactions behind, rows and positions alike, and the events are
 * applied again. Any thread.
 */
public final class SqliteTarget implements ProjectionTarget {
  /**
   * Comparisons hold one each for as long as there are rows, and so do those who read; the keeper
   * of leases, which asks for one as well, must not have to wait for them.
   */
  private static final int READERS = 8;

  private static final int WAIT_MILLIS = 10_000;

  /** Failures of the disk, of the moment, or of another process: not of the statement. */
  private static final Set<SQLiteErrorCode> PASSING =
      Set.of(
          SQLiteErrorCode.SQLITE_BUSY,
          SQLiteErrorCode.SQLITE_LOCKED,
          SQLiteErrorCode.SQLITE_NOMEM,
          SQLiteErrorCode.SQLITE_READONLY,
          SQLiteErrorCode.SQLITE_INTERRUPT,
          SQLiteErrorCode.SQLITE_IOERR,
          SQLiteErrorCode.SQLITE_FULL,
          SQLiteErrorCode.SQLITE_CANTOPEN,
          SQLiteErrorCode.SQLITE_PROTOCOL,
          SQLiteErrorCode.SQLITE_CORRUPT,
          SQLiteErrorCode.SQLITE_NOTADB,
          SQLiteErrorCode.SQLITE_PERM,
          SQLiteErrorCode.SQLITE_AUTH);

  private final Path file;
  private final HikariDataSource writers;
  private final HikariDataSource readers;

  /**
   * Nothing is opened yet.
   *
   * @param file made if it is not there; its folder has to be
   */
  public SqliteTarget(Path file) {
    this.file = file;
    this.writers = pool("talea-projections-write", 1, false);
    this.readers = pool("talea-projections-read", READERS, true);
  }

  private HikariDataSource pool(String name, int size, boolean onlyReads) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setBusyTimeout(WAIT_MILLIS);
    if (!onlyReads) {
      config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    }
    HikariConfig pool = new HikariConfig();
    pool.setPoolName(name);
    pool.setDataSource(new Files(config));
    pool.setMaximumPoolSize(size);
    pool.setMinimumIdle(0);
    pool.setInitializationFailTimeout(-1);
    pool.setConnectionTimeout(WAIT_MILLIS);
    return new HikariDataSource(pool);
  }

  @Override
  public Dialect dialect() {
    return Dialect.SQLITE;
  }

  @Override
  public Connection write() throws SQLException {
    Connection connection = writers.getConnection();
    try {
      // Only now: without automatic commits the driver begins a transaction at once, and holds the
      // file for as long as it is idle.
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public Connection read() throws SQLException {
    return readers.getConnection();
  }

  @Override
  public boolean mayPass(SQLException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLiteException sqlite) {
        int primary = sqlite.getResultCode().code & 0xff;
        return PASSING.stream().anyMatch(code -> code.code == primary);
      }
    }
    return true; // of the pool
  }

  @Override
  public String toString() {
    return file.toString();
  }

  @Override
  public void close() {
    writers.close();
    readers.close();
  }

  /** Exact sums of amounts, which are texts here. */
  private static final class Plus extends Function {
    @Override
    protected void xFunc() throws SQLException {
      result(new BigInteger(value_text(0)).add(new BigInteger(value_text(1))).toString());
    }
  }

  private static final class Minus extends Function {
    @Override
    protected void xFunc() throws SQLException {
      result(new BigInteger(value_text(0)).negate().toString());
    }
  }

  private static final class Sum extends Function.Aggregate {
    private BigInteger sum = BigInteger.ZERO;

    @Override
    protected void xStep() throws SQLException {
      sum = sum.add(new BigInteger(value_text(0)));
    }

    @Override
    protected void xFinal() throws SQLException {
      result(sum.toString());
    }
  }

  /** Opens the file, and teaches each connection to add. */
  private final class Files implements DataSource {
    private final SQLiteConfig config;

    /** The pool waits so long, in seconds, for what is being opened when it is closed. */
    private volatile int loginTimeout;

    Files(SQLiteConfig config) {
      this.config = config;
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = config.createConnection("jdbc:sqlite:" + file);
      try {
        Function.create(connection, "talea_plus", new Plus(), 2, Function.FLAG_DETERMINISTIC);
        Function.create(connection, "talea_minus", new Minus(), 1, Function.FLAG_DETERMINISTIC);
        Function.create(connection, "talea_sum", new Sum(), 1, Function.FLAG_DETERMINISTIC);
        return connection;
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return getConnection();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
      return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {
      loginTimeout = seconds;
    }

    @Override
    public int getLoginTimeout() {
      return loginTimeout;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException("no java.util.logging here");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      throw new SQLException("wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return false;
    }
  }
}
