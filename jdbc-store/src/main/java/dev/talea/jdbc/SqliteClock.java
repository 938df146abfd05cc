package dev.talea.jdbc;

import dev.talea.ledger.ClockGuard;
import dev.talea.ledger.Micros;
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
  private final long aheadMaxMicros;
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
    this.aheadMaxMicros = aheadMaxMicros;
    this.last = wallMicros.getAsLong();
    this.guard = new ClockGuard(aheadMaxMicros, last, monotonic(), sinceBootMicros.getAsLong());
  }

  /** The machine's own. */
  static SqliteClock ofMachine(SqlStoreSettings settings) {
    return new SqliteClock(
        SystemTime::micros,
        SystemTime::nanos,
        new SystemSinceBoot()::micros,
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
   * At the start: a clock that is far from the last commits may have been wrong then, or may be
   * now.
   *
   * @param newestMicros of all commits; 0 if there is none
   */
  void compareWith(long newestMicros) {
    long now = micros();
    if (newestMicros == 0 || Math.abs(now - newestMicros) <= aheadMaxMicros) {
      return;
    }
    if (now > newestMicros) {
      LOG.info(
          "The clock of this machine shows {}; the last commit was at {}. If nothing was posted in"
              + " between, that is well; commit times are taken from this clock",
          Micros.instant(now),
          Micros.instant(newestMicros));
    } else {
      LOG.warn(
          "The clock of this machine shows {}, long before the last commit at {}: it is wrong now, or"
              + " was then. Until it gets there, commit times move on by a microsecond",
          Micros.instant(now),
          Micros.instant(newestMicros));
    }
  }

  /** See {@link dev.talea.ledger.Store#acceptClock}. */
  void accept() {
    guard.accept();
  }
}
