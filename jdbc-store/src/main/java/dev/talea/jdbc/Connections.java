// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to a database that may not be there yet, or not now: prepares it before it is first used,
 * and keeps the log readable while it is away. Any thread.
 */
final class Connections {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  /** A database that could not be prepared is not asked again for this long. */
  private static final long RESPITE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * For so long every caller retries a database that is unreachable; afterwards one at a time does.
   */
  private static final long RETRY_BY_ALL_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** What keeps happening is not told more often than this. */
  private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(10);

  /**
   * The database is unreachable.
   *
   * @param since when that was seen first
   * @param last when that was seen last
   * @param why what the last one was told
   */
  private record Outage(long since, long last, SQLException why) {
    /** Whether it goes on for so long that retries are left to one at a time. */
    boolean isLong(long now) {
      return now - since > RETRY_BY_ALL_NANOS && now - last < RETRY_BY_ALL_NANOS;
    }
  }

  private final Database database;
  private final StoreTime time;
  private volatile boolean prepared;
  private volatile boolean closing;
  private volatile @Nullable Outage outage;

  /** A thread looks whether the outage is over. */
  private final AtomicBoolean looking = new AtomicBoolean();

  /** The log says that something is wrong. */
  private final AtomicBoolean told = new AtomicBoolean();

  private volatile long toldNanos;
  private volatile boolean poolerTold;
  private volatile @Nullable String damageTold;
  private volatile long damageToldNanos;

  /** Guarded by this. */
  private @Nullable SQLException refused;

  /** Guarded by this. */
  private long refusedNanos;

  Connections(Database database, StoreTime time) {
    this.database = database;
    this.time = time;
    this.toldNanos = time.nanos() - 2 * TELL_NANOS;
  }

  /** Brings the database up to date, unless that has been done; waits a moment only. */
  void prepare() throws SQLException {
    prepare(false);
  }

  /**
   * Brings the database up to date, unless that has been done.
   *
   * @param patient see {@link Database#prepare}
   */
  void prepare(boolean patient) throws SQLException {
    if (!prepared) {
      prepareOnce(patient);
    }
  }

  private synchronized void prepareOnce(boolean patient) throws SQLException {
    if (prepared) {
      return;
    }
    SQLException last = refused;
    if (last != null && time.nanos() - refusedNanos < RESPITE_NANOS) {
      // Not one after the other, each of them waiting for the same silence.
      throw new SQLException(last.getMessage(), last.getSQLState(), last);
    }
    try {
      database.prepare(patient);
      prepared = true;
      if (refused != null) {
        LOG.info("The database answers");
        refused = null;
      }
    } catch (SQLException e) {
      refused = e;
      refusedNanos = time.nanos();
      throw e;
    }
  }

  Connection reader() throws SQLException {
    return reach(database::reader);
  }

  WriteSession begin() throws SQLException {
    return reach(database::begin);
  }

  /** A way to the database. */
  private interface Way<T> {
    T go() throws SQLException;
  }

  /**
   * While an outage goes on, one at a time tries whether it is over, and the others are told at
   * once: if each of them waited in vain for a connection, all threads would, and the writes of
   * many books would be told one after the other.
   */
  private <T> T reach(Way<T> way) throws SQLException {
    Outage before = outage;
    boolean alone = false;
    if (before != null && before.isLong(time.nanos()) && !closing) {
      alone = looking.compareAndSet(false, true);
      if (!alone) {
        throw new SQLException(before.why.getMessage(), before.why.getSQLState(), before.why);
      }
    }
    try {
      prepare();
      T found = way.go();
      outage = null;
      return found;
    } catch (SQLException e) {
      if (SqlFailure.isOutage(e)) {
        long now = time.nanos();
        Outage known = outage;
        long since = known != null && now - known.last < 2 * RETRY_BY_ALL_NANOS ? known.since : now;
        outage = new Outage(since, now, e);
      }
      throw e;
    } finally {
      if (alone) {
        looking.set(false);
      }
    }
  }

  /** Whether the database has been away for so long that trying again at once is no use. */
  boolean goneForLong() {
    Outage now = outage;
    return now != null && now.isLong(time.nanos());
  }

  /** See {@link Database#committed}. */
  void committed(String book) {
    database.committed(book);
  }

  /** See {@link Database#awaitGroup}. */
  long awaitGroup(Connection connection, int bookId) throws SQLException {
    return database.awaitGroup(connection, bookId);
  }

  /** A caller got what it asked for. */
  void succeeded() {
    if (told.get() && told.compareAndSet(true, false)) {
      LOG.info("The database does what it is asked again");
    }
  }

  /** A caller did not. */
  void failed(SqlFailure failure, Throwable cause) {
    if (OutageException.in(cause) != null) {
      return; // the health of the store says it, once
    }
    if (failure == SqlFailure.DAMAGE) {
      damaged(cause);
    } else if (failure == SqlFailure.DATA || failure == SqlFailure.BUG) {
      LOG.error("The database refused what it should have taken", cause);
    } else if (time.nanos() - toldNanos > TELL_NANOS) {
      // Reads may succeed all the while that writes do not: it must not be told each time.
      toldNanos = time.nanos();
      told.set(true);
      LOG.warn("The database does not do what it is asked: {}", cause.getMessage(), cause);
    }
    if (SqlFailure.isPoolersDoing(cause) && !poolerTold) {
      poolerTold = true;
      LOG.warn(
          "Statements that were prepared by name get lost: there is a pooler in transaction mode in"
              + " between. Add the option pgbouncer=true to the URL of the database.");
    }
    if (SqlFailure.breaksConnections(cause)) {
      database.suspect();
    }
  }

  /** The same row may be asked for again and again. */
  private void damaged(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    if (!message.equals(damageTold) || time.nanos() - damageToldNanos > TELL_NANOS) {
      damageTold = message;
      damageToldNanos = time.nanos();
      LOG.error("{}", message);
    }
  }

  /** See {@link Database#trouble}. */
  dev.talea.ledger.@Nullable Outage trouble() {
    return database.trouble();
  }

  /** See {@link Database#check}. */
  void check(Connection connection) throws SQLException {
    database.check(connection);
  }

  /** The store is being closed: no caller waits for a database any more. */
  void close() {
    closing = true;
  }

  boolean closing() {
    return closing;
  }
}
