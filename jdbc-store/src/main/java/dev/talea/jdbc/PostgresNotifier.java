// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other instances which books have advanced, after the commit and off its path. Apart from
 * the writers because a transaction that notifies takes a lock of the whole server until its commit
 * is on disk: with the notification inside, all books of all instances would be committed one after
 * the other.
 *
 * <p>Books that advance while others are being told of are told of together, a hundred times a
 * second at most. A notification that is lost costs time, not events: listeners look by themselves
 * every few seconds.
 *
 * <p>Owns its thread and its connection. Any thread reports commits.
 */
final class PostgresNotifier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresNotifier.class);

  /** Books remembered while they cannot be told of; listeners find the others by themselves. */
  private static final int BOOKS_MAX = 10_000;

  private static final long BETWEEN_MILLIS = 10;
  private static final long IDLE_MILLIS = 60_000;
  private static final long PAUSE_MILLIS_MAX = 2_000;
  private static final long CLOSE_MILLIS = 5_000;

  private final PostgresLogin login;
  private final PostgresDatabase database;
  private final StoreTime time;
  private final Thread thread;
  private volatile boolean closed;

  /** Number of the server process that sends for us; 0 for none. */
  private volatile int serverProcess;

  private volatile @Nullable Connection sending;

  /** Guarded by itself. */
  private final Set<String> advanced = new LinkedHashSet<>();

  PostgresNotifier(PostgresLogin login, PostgresDatabase database, StoreTime time) {
    this.time = time;
    this.login = login;
    this.database = database;
    this.thread = time.thread(this::run, "talea-sql-notifier");
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** A group of this book is durable. */
  void committed(String book) {
    boolean first;
    synchronized (advanced) {
      first = advanced.isEmpty();
      if (advanced.size() < BOOKS_MAX) {
        advanced.add(book);
      }
    }
    if (first) {
      LockSupport.unpark(thread);
    }
  }

  /** Whether a notification from this server process is one of ours. */
  boolean isOurs(int process) {
    return process == serverProcess;
  }

  private void run() {
    long pause = 50;
    while (!closed) {
      if (none()) {
        time.pause(IDLE_MILLIS);
        continue;
      }
      try {
        send();
        pause = 50;
      } catch (SQLException | RuntimeException e) {
        LOG.debug("Other instances could not be notified, and will be", e);
        pause = Math.min(2 * pause, PAUSE_MILLIS_MAX);
        if (!closed) {
          time.pause(pause);
        }
      } finally {
        serverProcess = 0;
      }
    }
  }

  private boolean none() {
    synchronized (advanced) {
      return advanced.isEmpty();
    }
  }

  private String[] take() {
    synchronized (advanced) {
      String[] books = advanced.toArray(String[]::new);
      advanced.clear();
      return books;
    }
  }

  /** Until the connection breaks. */
  private void send() throws SQLException {
    try (Connection connection = login.connectPatiently("notifies");
        Statement setting = connection.createStatement()) {
      sending = connection;
      // A notification need not survive a crash: those who would miss it look by themselves.
      setting.execute("SET synchronous_commit = off; " + PostgresDatabase.readingSession());
      serverProcess = connection.unwrap(PGConnection.class).getBackendPID();
      String ledger = ledgerId(setting);
      try (PreparedStatement tell =
          connection.prepareStatement(
              "SELECT pg_notify('talea', ? || ' ' || b.name) FROM unnest(?::text[]) AS b (name)")) {
        tell.setString(1, ledger);
        while (!closed) {
          if (none()) {
            time.pause(IDLE_MILLIS);
            continue;
          }
          String[] books = take();
          boolean told = false;
          try {
            tell.setObject(2, books);
            tell.execute();
            told = true;
          } finally {
            if (!told) {
              for (String book : books) {
                committed(book);
              }
            }
          }
          time.pause(BETWEEN_MILLIS);
        }
      }
    } finally {
      sending = null;
    }
  }

  private String ledgerId(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(database.sql("SELECT ledger_id FROM talea_ledger"))) {
      row.next();
      return Rows.text(row, 1);
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    time.awaitEnd(thread, 200);
    Connection connection = sending;
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        LOG.debug("The connection that notifies could not be broken off", e);
      }
    }
    time.awaitEnd(thread, CLOSE_MILLIS);
  }
}
