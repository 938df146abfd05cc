// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.ClockGuard;
import dev.talea.ledger.Outage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock that commits to a SQLite file are stamped with: the machine's, as long as {@link
 * ClockGuard} lets it. While it does not, this one stands still, and nothing is committed.
 *
 * <p>Apart from the guard because that is pure: this one looks at the clocks and remembers. A
 * database server has a clock of its own. Any thread.
 */
final class SqliteClock {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteClock.class);

  private final LongSupplier wallMicros;
  private final LongSupplier nanos;
  private final LongSupplier sinceBootMicros;
  private final ClockGuard guard;
  private volatile long last;

  SqliteClock(
      LongSupplier wallMicros,
      LongSupplier nanos,
      LongSupplier sinceBootMicros,
      long aheadMaxMicros) {
    this.wallMicros = wallMicros;
    this.nanos = nanos;
    this.sinceBootMicros = sinceBootMicros;
    this.last = wallMicros.getAsLong();
    this.guard = new ClockGuard(aheadMaxMicros, last, monotonic(), sinceBootMicros.getAsLong());
  }

  /** The machine's own. */
  static SqliteClock ofMachine(SqlStoreSettings settings) {
    return new SqliteClock(
        SystemTime.MACHINE::micros,
        SystemTime.MACHINE::nanos,
        SystemSinceBoot.clock()::micros,
        TimeUnit.SECONDS.toMicros(settings.clockAheadMax().toSeconds()));
  }

  private long monotonic() {
    return TimeUnit.NANOSECONDS.toMicros(nanos());
  }

  /** For intervals; whatever the wall clock does. */
  long nanos() {
    return nanos.getAsLong();
  }

  /** Microseconds since 1970; those of the last look before the clock came into doubt. */
  long micros() {
    look();
    return last;
  }

  /** Looks at the clock: why no commit times are to be had from it; null if they are. */
  @Nullable Outage look() {
    long now = wallMicros.getAsLong();
    Outage doubt = guard.check(now, monotonic(), sinceBootMicros);
    if (doubt == null) {
      last = now;
    }
    return doubt;
  }

  /**
   * At the start: tells the operator of a clock that is far from the last commits.
   *
   * @param newestMicros of all commits; 0 if there is none
   */
  void compareWith(long newestMicros) {
    ClockGuard.Distance far = guard.distance(micros(), newestMicros);
    if (far == null) {
      return;
    }
    if (far.behind()) {
      LOG.warn("{}", far.text());
    } else {
      LOG.info("{}", far.text());
    }
  }

  /** See {@link dev.talea.ledger.Store#acceptClock}. */
  void accept() {
    guard.accept();
  }
}
