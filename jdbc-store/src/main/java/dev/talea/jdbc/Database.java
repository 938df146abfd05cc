// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * One kind of database and the way to it: everything that is not the same for SQLite and
 * PostgreSQL. Any thread may call.
 */
interface Database extends AutoCloseable {

  /** Its name for people and for {@code X-Talea-Backend}. */
  String backend();

  /** Transactions that may write at the same time. */
  int writersMax();

  /** The statement for this ledger: tables may have to be named with their schema. */
  String sql(String statement);

  /**
   * Brings the tables up to date, creating them if need be, and checks that the database can keep
   * what a ledger promises.
   *
   * @param patient whether to wait for as long as the database's URL allows; else a moment
   * @throws SqlStoreException if it never will, with a message for the person who runs it
   */
  void prepare(boolean patient) throws SQLException;

  /** A connection for reading, which goes back where it came from when closed. */
  Connection reader() throws SQLException;

  /** Begins a transaction that writes. */
  WriteSession begin() throws SQLException;

  /**
   * Returns when no group of this book is on its way that had begun before the call, in whatever
   * process.
   *
   * @param connection the caller's, for reading
   * @return the time in microseconds by the clock that commits are stamped with, read after that
   */
  long awaitGroup(Connection connection, int bookId) throws SQLException;

  /**
   * Why the database must not be used, as far as it does not know itself: its file was exchanged,
   * or the clock that commits are stamped with is in doubt. Null if it may be. Looks, and asks no
   * database.
   */
  @Nullable Outage trouble();

  /** Asks over this connection whether writing is possible in principle; throws if not. */
  void check(Connection connection) throws SQLException;

  /** See {@link dev.talea.ledger.Store#acceptClock}. */
  void acceptClock();

  /** A group of this book has been committed: other instances may want to know. Returns at once. */
  void committed(String book);

  /** A connection broke: others that lie ready may be no better. */
  void suspect();

  /** How many connections there are for reading and writing at this moment, for metrics. */
  PoolSize poolSize();

  /** Begins to tell of what others may have written, and of what this instance has. Called once. */
  void listen(Advances advances);

  /** Hears of what others commit. */
  interface Advances {
    /** Returns once the database has been prepared. */
    void awaitPrepared() throws SQLException;

    /** Another process may have written to this book. */
    void advanced(String book);

    /** Another process may have written anywhere. */
    void anyAdvanced();

    /** Whether a watcher wants to hear of it. */
    boolean wanted();
  }

  @Override
  void close();
}
