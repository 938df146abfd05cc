// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.ledger.StoreHealth;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.TreeWatch;
import dev.talea.log.disk.LogFiles;
import dev.talea.server.metrics.Metrics;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all logs again and again while they are served, slowly, and checks every byte: a disk that
 * forgets is noticed before the copy that still remembers is thrown away. Damage closes no book, as
 * what is asked for is checked when it is read anyway; it is told to health, metrics and the log.
 *
 * <p>Owns a thread of its own, which reads at the pace that is set and waits in between.
 */
final class ScrubRounds {
  private static final Logger LOG = LoggerFactory.getLogger(ScrubRounds.class);

  /** What is read in one go takes so long, at the pace that is set. */
  private static final long PIECE_NANOS = 20_000_000;

  private final LogFiles files;
  private final StoreHealth health;
  private final Metrics metrics;
  private final long bytesPerSecond;
  private final Duration between;
  private final LongSupplier nanos;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "talea-scrub");
  private long begun;
  private long passed;

  /** A round ends, because the daemon does. */
  private static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param between waits so long after each round, however short it was
   * @param nanos a monotonic clock
   */
  ScrubRounds(
      LogFiles files,
      StoreHealth health,
      Metrics metrics,
      long bytesPerSecond,
      Duration between,
      LongSupplier nanos) {
    this.files = files;
    this.health = health;
    this.metrics = metrics;
    this.bytesPerSecond = bytesPerSecond;
    this.between = between;
    this.nanos = nanos;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends the round under way. Returns at once; nothing waits for what is only read. */
  void stop() {
    stopping.countDown();
  }

  private void run() {
    try {
      do {
        round();
      } while (!stopping.await(between.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StoppedException e) {
      LOG.debug("scrubbing ends");
    }
  }

  private void round() {
    begun = nanos.getAsLong();
    passed = 0;
    try {
      for (String name : files.names()) {
        scrub(name);
      }
    } catch (LogException e) {
      LOG.warn("The logs cannot be scrubbed, the next attempt is made later: {}", e.getMessage());
      return;
    }
    metrics.scrubbed();
  }

  private void scrub(String name) {
    try {
      verify(name);
    } catch (LogNotFoundException e) {
      LOG.debug("Log '{}' is missing; that is the store's to notice", name, e);
    } catch (LogDamagedException e) {
      scrubAgain(name);
    } catch (LogException e) {
      LOG.warn("Log '{}' is not scrubbed this time: {}", name, e.getMessage());
    }
  }

  /** Damage is told when it is there at a second look: a writer may have been in the middle. */
  private void scrubAgain(String name) {
    try {
      verify(name);
    } catch (LogDamagedException e) {
      if (health.wrong(name) == null) {
        LOG.error(
            "Scrubbing found damage in '{}': {} The book goes on with what is whole; restore the"
                + " file from a copy, and see 'talea verify'",
            name,
            e.getMessage());
      }
      health.damaged(name, "holds records that are damaged on disk; it takes writes");
    } catch (LogException e) {
      LOG.warn("Log '{}' is not scrubbed this time: {}", name, e.getMessage());
    }
  }

  private void verify(String name) {
    files.verify(name, this::passed, () -> TreeWatch.NONE);
    health.undamaged(name);
  }

  private void passed(long bytes) {
    passed += bytes;
    metrics.scrubbedBytes(bytes);
    long wait = begun + (long) (passed * 1e9 / bytesPerSecond) - nanos.getAsLong();
    try {
      if (wait > PIECE_NANOS && stopping.await(wait, TimeUnit.NANOSECONDS)) {
        throw new StoppedException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }
}
