// SPDX-License-Identifier: Apache-2.0
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
}
