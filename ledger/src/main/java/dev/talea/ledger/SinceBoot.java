// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.math.BigDecimal;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Time since the machine was started, suspension included, as Linux counts it; where that cannot be
 * read, a monotonic clock, which may stand still while the machine sleeps.
 *
 * <p>Apart from the stores because those with a {@link ClockGuard} share it. Pure: the text of the
 * system's counter is handed in, or null if it cannot be read. Any thread.
 */
public final class SinceBoot {
  private static final BigDecimal MICROS_PER_SECOND = BigDecimal.valueOf(1_000_000);

  private final LongSupplier nanos;
  private final Supplier<@Nullable String> uptime;

  /** Ahead of the monotonic clock by so much when the counter was last read. */
  private volatile long ahead;

  /**
   * @param nanos a monotonic clock, nanoseconds
   * @param uptime what {@code /proc/uptime} says: seconds, a space, and more; null if it cannot be
   *     read, for the moment or ever
   */
  public SinceBoot(LongSupplier nanos, Supplier<@Nullable String> uptime) {
    this.nanos = nanos;
    this.uptime = uptime;
  }

  /** Microseconds. */
  public long micros() {
    long monotonic = nanos.getAsLong() / 1000;
    String text = uptime.get();
    if (text == null) {
      return monotonic + ahead;
    }
    try {
      long counted =
          new BigDecimal(text.substring(0, text.indexOf(' ')))
              .multiply(MICROS_PER_SECOND)
              .longValue();
      ahead = counted - monotonic;
      return counted;
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return monotonic + ahead;
    }
  }
}
