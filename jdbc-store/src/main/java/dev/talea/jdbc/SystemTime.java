// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Micros;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The machine's clock and waiting, in one place, because nothing else of this room asks for them.
 *
 * <p>Stateless; any thread.
 */
final class SystemTime {
  private SystemTime() {}

  /** Microseconds since 1970. */
  static long micros() {
    return Micros.floor(Instant.now());
  }

  /** A clock for intervals. */
  static long nanos() {
    return System.nanoTime();
  }

  /**
   * Waits for the end of a thread, for so long and no longer; an interruption is kept for later.
   */
  static void awaitEnd(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits, or less if the thread is interrupted. */
  static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
