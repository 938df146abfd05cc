// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.proof.MalformedException;
import dev.talea.server.metrics.Metrics;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the heads of all books anchored, once a minute and once more when the daemon stops. Apart
 * from {@link Anchorer}, which knows how and not when.
 *
 * <p>Owns a thread of its own: a round waits for the disk, and nothing waits for a round. Whatever
 * goes wrong is told and counted, and the next round tries again; the books do not notice.
 */
final class AnchorRounds {
  private static final Logger LOG = LoggerFactory.getLogger(AnchorRounds.class);

  private final Anchorer anchorer;
  private final Metrics metrics;
  private final Duration every;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "talea-anchors");

  /** What was told already: a book that was exchanged stays so, and one line is enough. */
  private final Set<String> told = new HashSet<>();

  AnchorRounds(Anchorer anchorer, Metrics metrics, Duration every) {
    this.anchorer = anchorer;
    this.metrics = metrics;
    this.every = every;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      // What a crash has left unanchored is so soon, but not while others wait for the start.
      Duration first = every.compareTo(Duration.ofSeconds(1)) < 0 ? every : Duration.ofSeconds(1);
      boolean stop = stopping.await(first.toNanos(), TimeUnit.NANOSECONDS);
      while (!stop) {
        round();
        stop = stopping.await(every.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a round under way, then does the last one: nothing is posted any more. */
  void finish() {
    stopping.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // two rounds at once are not an option
      }
    }
    round();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    try {
      Anchorer.Round round = anchorer.round();
      metrics.anchored(round.anchored(), round.contradictions().size());
      for (String contradiction : round.contradictions()) {
        if (told.add(contradiction)) {
          LOG.error("{}. It is served as it is; run 'talea verify'", contradiction);
        }
      }
    } catch (MalformedException e) {
      metrics.anchoringFailed();
      LOG.error("{}", e.getMessage());
    } catch (RuntimeException e) {
      metrics.anchoringFailed();
      LOG.warn(
          "The heads of the books are not anchored: {} The books do not need it; the next attempt is"
              + " in {} s",
          e.getMessage(),
          every.toSeconds(),
          Anchorer.isExpected(e) ? null : e);
    }
  }
}
