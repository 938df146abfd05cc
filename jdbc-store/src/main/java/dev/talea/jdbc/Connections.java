package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
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

  private final Database database;
  private volatile boolean prepared;
  private volatile boolean closing;
  private volatile boolean away;
  private volatile boolean poolerTold;

  /** Guarded by this. */
  private @Nullable SQLException refused;

  /** Guarded by this. */
  private long refusedNanos;

  Connections(Database database) {
    this.database = database;
  }

  /** Brings the database up to date, unless that has been done. */
  void prepare() throws SQLException {
    if (!prepared) {
      prepareOnce();
    }
  }

  private synchronized void prepareOnce() throws SQLException {
    if (prepared) {
      return;
    }
    SQLException last = refused;
    if (last != null && SystemTime.nanos() - refusedNanos < RESPITE_NANOS) {
      // Not one after the other, each of them waiting for the same silence.
      throw new SQLException(last.getMessage(), last.getSQLState(), last);
    }
    try {
      database.prepare();
      prepared = true;
      refused = null;
    } catch (SQLException e) {
      refused = e;
      refusedNanos = SystemTime.nanos();
      throw e;
    }
  }

  Connection reader() throws SQLException {
    prepare();
    return database.reader();
  }

  WriteSession begin() throws SQLException {
    prepare();
    return database.begin();
  }

  /** Somebody got what he asked for. */
  void succeeded() {
    if (away) {
      away = false;
      LOG.info("The database answers again");
    }
  }

  /** Somebody did not. */
  void failed(Fault fault, Throwable cause) {
    if (fault == Fault.DATA || fault == Fault.BUG) {
      LOG.error("The database refused what it should have taken", cause);
    } else if (!away) {
      away = true;
      LOG.warn("The database does not do what it is asked: {}", cause.getMessage(), cause);
    }
    if (Fault.isPoolersDoing(cause) && !poolerTold) {
      poolerTold = true;
      LOG.warn(
          "Statements that were prepared by name get lost: there is a pooler in transaction mode in"
              + " between. Add the option pgbouncer=true to the URL of the database.");
    }
    if (Fault.breaksConnections(cause)) {
      database.suspect();
    }
  }

  /** The store is being closed: nobody waits for a database any more. */
  void close() {
    closing = true;
  }

  boolean closing() {
    return closing;
  }
}
