// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.audit.check.Pace;
import dev.talea.audit.check.Scrub;
import dev.talea.server.metrics.Metrics;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has all logs read again and checked while they are served, round after round, slowly. Apart from
 * {@link Scrub}, which knows how and not when.
 *
 * <p>Owns a thread of its own, which reads at the pace that is set and waits in between.
 */
final class ScrubRounds {
  private static final Logger LOG = LoggerFactory.getLogger(ScrubRounds.class);

  private final Scrub scrub;
  private final Metrics metrics;
  private final long bytesPerSecond;
  private final Duration between;
  private final LongSupplier nanos;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "talea-scrub");
  private Pace pace = Pace.full();

  /** A round ends, because the daemon does. */
  private static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param scrub makes what reads, given whom to tell of bytes
   * @param between waits so long after each round, however short it was
   * @param nanos a monotonic clock
   */
  ScrubRounds(
      Function<LongConsumer, Scrub> scrub,
      Metrics metrics,
      long bytesPerSecond,
      Duration between,
      LongSupplier nanos) {
    this.scrub = scrub.apply(this::passed);
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
    pace = Pace.gentle(bytesPerSecond, nanos, this::pause);
    if (scrub.round()) {
      metrics.scrubbed();
    }
  }

  private void passed(long bytes) {
    metrics.scrubbedBytes(bytes);
    pace.passed(bytes);
  }

  private void pause(long forNanos) {
    try {
      if (stopping.await(forNanos, TimeUnit.NANOSECONDS)) {
        throw new StoppedException();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoppedException();
    }
  }
}
