// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the store's {@link StoreHealth} what writes meet, and finds out when the trouble is over:
 * callers that have been sent away do not come back to try. While there is trouble, something that
 * changes nothing is written every second. An exchanged file is final.
 *
 * <p>Apart from the writers because they must not wait for this. Any thread reports; while there is
 * trouble it has a thread of its own.
 */
final class HealthKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealthKeeper.class);

  private static final long PAUSE_MILLIS = 1_000;

  /** There may be room for a row and not for a group; to be told so every second is no use. */
  private static final long PAUSE_SPACE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long CLOSE_MILLIS = 5_000;

  /** Writes something. */
  interface Probe {
    void write() throws SQLException;
  }

  private final StoreHealth health;
  private final Probe probe;
  private final StoreTime time;

  /** Guarded by this. */
  private @Nullable Thread looking;

  private volatile boolean closed;

  HealthKeeper(StoreHealth health, Probe probe, StoreTime time) {
    this.time = time;
    this.health = health;
    this.probe = probe;
  }

  /** A write came to nothing for good. */
  void writeFailed(Throwable cause) {
    Outage outage = Outages.ofWrite(cause);
    if (outage != null) {
      down(outage);
    }
  }

  /** A read came to nothing; tells only of a database that is unreachable altogether. */
  void readFailed(Throwable cause) {
    Outage outage = Outages.ofRead(cause);
    if (outage != null) {
      down(outage);
    }
  }

  /** The store takes no writes. */
  void down(Outage why) {
    if (closed || isFinal(health.ofStore())) {
      return;
    }
    health.down(why);
    if (!isFinal(why)) {
      look();
    }
  }

  private static boolean isFinal(@Nullable Outage outage) {
    return outage != null && outage.cause() == Outage.Cause.REPLACED;
  }

  /** A group is durable. */
  void wrote() {
    if (health.ofStore() != null && !isFinal(health.ofStore())) {
      health.up();
    }
  }

  private synchronized void look() {
    if (looking == null && !closed) {
      Thread thread = time.thread(this::run, "talea-sql-probe");
      thread.setDaemon(true);
      looking = thread;
      thread.start();
    }
  }

  private void run() {
    long lastProbe = time.nanos();
    while (goOn()) {
      time.pause(PAUSE_MILLIS);
      Outage now = health.ofStore();
      boolean space = now != null && now.cause() == Outage.Cause.SPACE;
      if (closed || now == null || (space && time.nanos() - lastProbe < PAUSE_SPACE_NANOS)) {
        continue;
      }
      lastProbe = time.nanos();
      try {
        probe.write();
        wrote();
      } catch (SQLException | RuntimeException e) {
        LOG.debug("Writing is still not possible", e);
        writeFailed(e);
      }
    }
  }

  /** Whether there is trouble left to watch; the thread ends if not. */
  private synchronized boolean goOn() {
    Outage now = health.ofStore();
    if (closed || now == null || isFinal(now)) {
      looking = null;
      return false;
    }
    return true;
  }

  @Override
  public void close() {
    closed = true;
    Thread thread;
    synchronized (this) {
      thread = looking;
    }
    if (thread != null) {
      LockSupport.unpark(thread);
      time.awaitEnd(thread, CLOSE_MILLIS);
    }
  }
}
