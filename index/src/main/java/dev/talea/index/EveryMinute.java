// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets a line of the log pass once a minute, for what happens at every request while it lasts. Any
 * thread.
 */
final class EveryMinute {
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final LongSupplier nanos;
  private final AtomicLong last;

  /**
   * @param nanos a monotonic clock
   */
  EveryMinute(LongSupplier nanos) {
    this.nanos = nanos;
    this.last = new AtomicLong(nanos.getAsLong() - MINUTE_NANOS);
  }

  /** Whether a minute has passed since this last said yes. */
  boolean passes() {
    long now = nanos.getAsLong();
    long before = last.get();
    return now - before >= MINUTE_NANOS && last.compareAndSet(before, now);
  }
}
