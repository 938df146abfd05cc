package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

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
   * @throws SqlStoreException if it never will, with a message for the person who runs it
   */
  void prepare() throws SQLException;

  /** A connection for reading, which goes back where it came from when closed. */
  Connection reader() throws SQLException;

  /** Begins a transaction that writes. */
  WriteSession begin() throws SQLException;

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

    /** Somebody may have written to this book. */
    void advanced(String book);

    /** Somebody may have written anywhere. */
    void anyAdvanced();

    /** Whether anybody wants to hear of it. */
    boolean wanted();
  }

  @Override
  void close();
}
