// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Micros;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the clock that commits are stamped with, the machine's or the database's, with the last
 * commits: times of a book never go back, so a clock that is behind them was ahead once, or is
 * wrong now. Says so at most once a minute.
 *
 * <p>Apart from the writers, which only have to be right. Any thread.
 */
final class CommitTimes {
  private static final Logger LOG = LoggerFactory.getLogger(CommitTimes.class);

  /** Commit times are ahead of the clock by a little when groups follow each other quickly. */
  private static final long BEHIND_MICROS = 1_000_000;

  private static final long TELL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final StoreTime time;
  private final AtomicLong toldNanos;

  /** The book whose last commit was furthest ahead of the clock; null for none. */
  private final AtomicReference<@Nullable Behind> behind = new AtomicReference<>();

  private record Behind(String book, long micros, long seenNanos) {
    long leftMicros(long nanos) {
      return micros - TimeUnit.NANOSECONDS.toMicros(nanos - seenNanos);
    }
  }

  CommitTimes(StoreTime time) {
    this.time = time;
    this.toldNanos = new AtomicLong(time.nanos() - TELL_NANOS);
  }

  /** A group has got its time. */
  void committed(BookGroup group) {
    compare(group.changes().book, group.state().now, group.state().lastAt);
  }

  /**
   * Compares.
   *
   * @param clock microseconds that the clock shows
   * @param lastAt microseconds of the last commit of a book
   */
  void compare(String book, long clock, long lastAt) {
    long micros = lastAt - clock;
    if (clock == 0 || micros <= BEHIND_MICROS) {
      behind.updateAndGet(old -> old == null || old.book.equals(book) ? null : old);
      return;
    }
    long now = time.nanos();
    Behind seen = new Behind(book, micros, now);
    behind.updateAndGet(
        old -> old == null || old.book.equals(book) || old.leftMicros(now) < micros ? seen : old);
    long told = toldNanos.get();
    if (now - told >= TELL_NANOS && toldNanos.compareAndSet(told, now)) {
      LOG.warn(
          "The clock shows {}, and the last commit of book '{}' was at {}: the clock is wrong now, or"
              + " was then. Until it gets there, commit times move on by a microsecond.",
          Micros.instant(clock),
          book,
          Micros.instant(lastAt));
    }
  }

  /** How far the clock is behind the newest commit that was seen, in seconds. */
  long behindSeconds() {
    Behind seen = behind.get();
    return seen == null
        ? 0
        : Math.max(0, TimeUnit.MICROSECONDS.toSeconds(seen.leftMicros(time.nanos())));
  }
}
