// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears through one connection of its own what all instances commit, for all the event streams of
 * this one. A notification only says where to look, so a lost one costs time, not events: every few
 * seconds, and after each reconnection, everything that is watched is looked at.
 *
 * <p>Owns its thread and its connection.
 */
final class PostgresListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresListener.class);

  private static final String CHANNEL = "talea";
  private static final int WAIT_MILLIS = 500;
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** How often is looked if notifications do not get through. */
  private static final long LOOK_DEAF_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long PAUSE_MILLIS_MAX = 2_000;
  private static final long CLOSE_MILLIS = 5_000;

  private final PostgresLogin login;
  private final PostgresDatabase database;
  private final IntPredicate ours;
  private final Database.Advances advances;
  private final StoreTime time;
  private final Thread thread;
  private volatile boolean closed;

  /** What is being listened on, so that closing need not wait until something is heard. */
  private volatile @Nullable Connection listening;

  private boolean deafnessTold;

  /**
   * @param ours whether a notification was sent by the server process of this number for this
   *     instance, whose watchers have been told already
   */
  PostgresListener(
      PostgresLogin login,
      PostgresDatabase database,
      IntPredicate ours,
      Database.Advances advances,
      StoreTime time) {
    this.time = time;
    this.login = login;
    this.database = database;
    this.ours = ours;
    this.advances = advances;
    this.thread = time.thread(this::run, "talea-sql-listener");
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    long pause = 50;
    while (!closed) {
      try {
        listen();
        pause = 50;
      } catch (SQLException | SqlStoreException e) {
        LOG.debug("The connection that listens is gone, and is made again", e);
        pause = Math.min(2 * pause, PAUSE_MILLIS_MAX);
      } catch (RuntimeException e) {
        LOG.error("Listening failed, and begins again", e);
        pause = PAUSE_MILLIS_MAX;
      }
      if (!closed) {
        time.pause(pause);
      }
    }
  }

  /** Until the connection breaks. */
  private void listen() throws SQLException {
    advances.awaitPrepared();
    try (Connection connection = login.connectPatiently("listens");
        Statement statement = connection.createStatement()) {
      listening = connection;
      PGConnection postgres = connection.unwrap(PGConnection.class);
      statement.execute("LISTEN " + CHANNEL);
      String ledger = ledgerId(statement);
      long lookEvery = hears(postgres, ledger) ? LOOK_NANOS : LOOK_DEAF_NANOS;
      advances.anyAdvanced();
      long looked = time.nanos();
      while (!closed) {
        PGNotification[] heard =
            postgres.getNotifications(
                (int) Math.min(WAIT_MILLIS, TimeUnit.NANOSECONDS.toMillis(lookEvery)));
        if (heard != null) {
          for (PGNotification each : heard) {
            String book = book(each, ledger);
            if (book != null && !ours.test(each.getPID())) {
              advances.advanced(book);
            }
          }
        }
        if (time.nanos() - looked >= lookEvery) {
          if (!connection.isValid(2)) {
            throw new SQLException("the connection that listens does not answer", "08006");
          }
          if (advances.wanted()) {
            advances.anyAdvanced();
          }
          looked = time.nanos();
        }
      }
    } finally {
      listening = null;
    }
  }

  private String ledgerId(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(database.sql("SELECT ledger_id FROM talea_ledger"))) {
      row.next();
      return Rows.text(row, 1);
    }
  }

  /** The book a notification is about; null if it is none of ours. */
  private static @Nullable String book(PGNotification notification, String ledger) {
    String text = notification.getParameter();
    return text.startsWith(ledger + ' ') ? text.substring(ledger.length() + 1) : null;
  }

  /**
   * Whether notifications get through. Behind a pooler that gives each transaction another
   * connection they do not; so one is sent over another connection, and waited for.
   */
  private boolean hears(PGConnection postgres, String ledger) throws SQLException {
    String word = ledger + "?" + time.nanos();
    try (Connection other = database.reader();
        PreparedStatement send = other.prepareStatement("SELECT pg_notify(?, ?)")) {
      send.setString(1, CHANNEL);
      send.setString(2, word);
      send.execute();
    }
    long until = time.nanos() + PROBE_NANOS;
    while (!closed && time.nanos() < until) {
      PGNotification[] heard = postgres.getNotifications(WAIT_MILLIS);
      if (heard != null) {
        for (PGNotification each : heard) {
          if (each.getParameter().equals(word)) {
            return true;
          }
        }
      }
    }
    if (!closed && !deafnessTold) {
      deafnessTold = true;
      LOG.warn(
          "Notifications of the database do not get through, probably because of a pooler in"
              + " transaction mode. Event streams look for news twice a second instead; give them a"
              + " direct connection or a pool in session mode to hear at once.");
    }
    return false;
  }

  @Override
  public void close() {
    closed = true;
    Connection connection = listening;
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("The connection that listens could not be broken off", e);
      }
    }
    LockSupport.unpark(thread);
    time.awaitEnd(thread, CLOSE_MILLIS);
  }
}
