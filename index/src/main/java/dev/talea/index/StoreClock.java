package dev.talea.index;

import dev.talea.ledger.ClockGuard;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import dev.talea.log.LogClock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock that commit times are taken from: the machine's, as long as {@link ClockGuard} lets it.
 * While it does not, this one stands still, and writers refuse what they would have to give a time.
 *
 * <p>Apart from the guard because that is pure: this one looks at the clocks, remembers, and tells.
 * Any thread.
 */
final class StoreClock implements LogClock {
  private static final Logger LOG = LoggerFactory.getLogger(StoreClock.class);

  /** Commit times are ahead of a clock that stands still or is asked about by a little. */
  private static final long BEHIND_MICROS = 1_000_000;

  private final LogClock wall;
  private final LongSupplier nanos;
  private final LongSupplier sinceBootMicros;
  private final ClockGuard guard;
  private final long aheadMaxMicros;
  private final StoreHealth health;
  private final EveryMinute behindLines;

  private volatile long last;
  private volatile @Nullable Outage doubt;

  /**
   * @param sinceBootMicros monotonic, and goes on while the machine sleeps, where there is such a
   *     clock
   * @param aheadMaxMicros see {@link ClockGuard}
   */
  StoreClock(
      LogClock wall,
      LongSupplier nanos,
      LongSupplier sinceBootMicros,
      long aheadMaxMicros,
      StoreHealth health) {
    this.wall = wall;
    this.nanos = nanos;
    this.sinceBootMicros = sinceBootMicros;
    this.aheadMaxMicros = aheadMaxMicros;
    this.health = health;
    this.last = wall.micros();
    this.guard = new ClockGuard(aheadMaxMicros, last, monotonic(), sinceBootMicros.getAsLong());
    this.behindLines = new EveryMinute(nanos);
  }

  private long monotonic() {
    return nanos.getAsLong() / 1000;
  }

  @Override
  public long micros() {
    long now = wall.micros();
    Outage wrong = guard.check(now, monotonic(), sinceBootMicros);
    Outage before = doubt;
    if (wrong == null) {
      last = now;
      if (before != null) {
        doubt = null;
        if (before.equals(health.ofStore())) {
          health.up();
        }
      }
      return now;
    }
    if (!wrong.equals(before)) {
      doubt = wrong;
      health.down(wrong);
    }
    return last;
  }

  /** Why no commit times are to be had, as of the last look; null if they are. */
  @Nullable Outage doubt() {
    return doubt;
  }

  /** See {@link dev.talea.ledger.Store#acceptClock}. */
  void accept() {
    guard.accept();
    micros();
  }

  /** How far this clock is behind a commit, in seconds; 0 if it is not. */
  long behindSeconds(long commitMicros) {
    return Math.max(0, TimeUnit.MICROSECONDS.toSeconds(commitMicros - micros()));
  }

  /** A group of a book gets this time; says so once a minute if the clock is far behind it. */
  void given(String book, long commitMicros) {
    if (commitMicros - last > BEHIND_MICROS && doubt == null && behindLines.passes()) {
      LOG.warn(
          "The clock of this machine shows {}, and the last commit of book '{}' was at {}. Until the"
              + " clock gets there, commit times move on by a microsecond",
          Micros.instant(last),
          book,
          Micros.instant(commitMicros));
    }
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
}
