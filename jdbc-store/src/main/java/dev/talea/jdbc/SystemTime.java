package dev.talea.jdbc;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The machine's clock and waiting, in one place, because nothing else of this room asks for them.
 *
 * <p>Stateless; any thread.
 */
final class SystemTime {
  private SystemTime() {}

  /** Microseconds since 1970, for the commits of a database that has no clock of its own. */
  static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** A clock for intervals. */
  static long nanos() {
    return System.nanoTime();
  }

  /** Waits, or less if the thread is interrupted. */
  static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
