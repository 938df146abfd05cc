// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.SqlSnapshot.Checked;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/**
 * A connection to a ledger in a database with one transaction on it, for those who look at all of
 * the ledger as it is at one moment, or who make all of it at once. Apart from {@link Database},
 * which is the way of a store: there are no pools here, nothing is tried again, and what only looks
 * changes nothing, not even the tables of an older version.
 *
 * <p>A SQLite file that lies at rest is read as one that nothing will change, because SQLite would
 * otherwise make a log of changes beside it and leave it there. That it is so is looked at with
 * each answer.
 *
 * <p>One thread at a time.
 */
final class OneTransaction implements AutoCloseable {
  final Connection connection;
  final UnaryOperator<String> sql;

  /** How people call it. */
  final String what;

  private final Resting resting;

  private OneTransaction(
      String what, Connection connection, UnaryOperator<String> sql, Resting resting) {
    this.what = what;
    this.connection = connection;
    this.sql = sql;
    this.resting = resting;
  }

  /** Whether a file is as it was when it was opened. */
  private record Resting(@Nullable Path file, @Nullable Object contents) {
    /** Of what needs no such question. */
    static final Resting NONE = new Resting(null, null);

    /** Of a SQLite file without a log of changes. */
    static Resting of(Path file) {
      try {
        return SystemFiles.exists(log(file)) ? NONE : new Resting(file, SystemFiles.contents(file));
      } catch (IOException e) {
        return NONE;
      }
    }

    private static Path log(Path file) {
      return file.resolveSibling(file.getFileName() + "-wal");
    }

    void check() {
      if (file == null) {
        return;
      }
      try {
        if (contents != null && contents.equals(SystemFiles.contents(file))) {
          return;
        }
      } catch (IOException e) {
        // then it is not known either
      }
      throw new SqlStoreException(
          "The SQLite file "
              + file
              + " lay at rest and was written to while it was read: another process has begun to use"
              + " it. Nothing is wrong with it for that; look again.");
    }
  }

  /** Does something with a connection that is closed if it fails. */
  private interface Beginning {
    void with(Connection connection) throws SQLException;
  }

  private static SqlStoreException unusable(String what, SQLException e) {
    return new SqlStoreException(what + " cannot be used: " + SqlLedgerStore.reason(e), e);
  }

  private static Connection begun(Connection connection, Beginning beginning) throws SQLException {
    boolean ready = false;
    try {
      connection.setAutoCommit(false);
      beginning.with(connection);
      ready = true;
      return connection;
    } finally {
      if (!ready) {
        connection.close();
      }
    }
  }

  /**
   * Looks at a ledger in a SQLite file.
   *
   * @throws SqlStoreException if there is none, or none of this version
   */
  static OneTransaction lookAtSqlite(Path file) {
    String what = "The SQLite file " + file;
    if (!SystemFiles.isDirectory(file) && !SystemFiles.isFilled(file)) {
      throw SqlStoreException.noLedger(
          what + " holds no ledger: it is not there, or is empty. Is it the right name?");
    }
    Resting resting = Resting.of(file);
    UnaryOperator<String> sql = UnaryOperator.identity();
    try {
      Connection connection =
          begun(reading(file, resting), new Migrations("sqlite", sql, false)::requireCurrent);
      return new OneTransaction(what, connection, sql, resting);
    } catch (SQLException e) {
      throw unusable(what, e);
    }
  }

  private static Connection reading(Path file, Resting resting) throws SQLException {
    SQLiteConfig config = SqliteDatabase.reading();
    if (resting.file == null) {
      return config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
    }
    config.setOpenMode(SQLiteOpenMode.OPEN_URI);
    return config.createConnection("jdbc:sqlite:" + SystemFiles.uri(file) + "?immutable=1");
  }

  /**
   * Has SQLite write all of a ledger, as it is now, into another file.
   *
   * @param to empty
   */
  static void copySqlite(Path file, Path to) throws SQLException {
    lookAtSqlite(file).close(); // whether there is one
    Resting resting = Resting.of(file);
    try (Connection connection = reading(file, resting);
        PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
      copy.setString(1, to.toAbsolutePath().toString());
      copy.execute();
    }
    resting.check();
  }

  /**
   * Looks at a ledger in a PostgreSQL database, which may be a standby.
   *
   * @throws SqlStoreException if it does not answer, or there is no ledger of this version
   */
  static OneTransaction lookAtPostgres(PostgresTarget target) {
    UnaryOperator<String> sql = PostgresDatabase.names(target);
    try {
      Connection connection =
          begun(
              new PostgresLogin(target).connectPatiently("looks"),
              begun -> {
                try (Statement statement = begun.createStatement()) {
                  statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                  statement.execute(PostgresDatabase.WITHOUT_LIMITS);
                }
                new Migrations("postgres", sql, false).requireCurrent(begun);
              });
      return new OneTransaction("The database", connection, sql, Resting.NONE);
    } catch (SQLException e) {
      throw unusable("The database", e);
    }
  }

  /**
   * Begins to make a ledger in a SQLite file, which has the tables then if this is committed. A new
   * file is its owner's alone.
   *
   * @throws SqlStoreException if that cannot be done
   */
  static OneTransaction makeSqlite(Path file) {
    String what = "The SQLite file " + file;
    SqliteDatabase.requireFolder(file);
    SystemFiles.createPrivately(file);
    UnaryOperator<String> sql = UnaryOperator.identity();
    try {
      Connection connection =
          SqliteDatabase.writing().createConnection("jdbc:sqlite:" + file.toAbsolutePath());
      boolean ready = false;
      try {
        SqliteDatabase.requireDurable(connection);
        ready = true;
      } finally {
        if (!ready) {
          connection.close();
        }
      }
      begun(connection, new Migrations("sqlite", sql, true)::run);
      return new OneTransaction(what, connection, sql, Resting.NONE);
    } catch (SQLException e) {
      throw unusable(what, e);
    }
  }

  /**
   * Begins to make a ledger in a PostgreSQL database, which has the tables then if this is
   * committed. Others that make or migrate tables there wait until the end.
   *
   * @throws SqlStoreException if that cannot be done
   */
  static OneTransaction makePostgres(PostgresTarget target) {
    UnaryOperator<String> sql = PostgresDatabase.names(target);
    try {
      Connection connection =
          begun(
              new PostgresLogin(target).connectPatiently("imports"),
              begun -> {
                try (Statement statement = begun.createStatement()) {
                  statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
                  statement.execute(PostgresDatabase.WITHOUT_LIMITS);
                  PostgresDatabase.checkServer(statement);
                  PostgresDatabase.refuseReadOnly(statement);
                  PostgresDatabase.migrate(begun, target, true);
                  statement.execute(sql.apply("LOCK TABLE talea_book IN EXCLUSIVE MODE"));
                }
              });
      return new OneTransaction("The database", connection, sql, Resting.NONE);
    } catch (SQLException e) {
      throw unusable("The database", e);
    }
  }

  /** Checks the ledger as it stands in this transaction. */
  Checked check(Predicate<String> books, LongConsumer passed) throws SQLException {
    Checked checked = new SqlCheck(connection, sql, passed).run(books);
    checkStillTheSame();
    return checked;
  }

  /** See {@link SnapshotQuestions}. */
  void checkStillTheSame() {
    resting.check();
  }

  /** Forgets what was not committed. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // what was not committed is forgotten all the same
    }
  }
}
