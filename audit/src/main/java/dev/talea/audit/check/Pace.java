// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How fast a command goes over files: as fast as it can, or so that others hardly notice. Any
 * thread.
 */
public final class Pace {
  private static final long PIECE_NANOS = 20_000_000;

  private final long perSecond;
  private final LongSupplier nanos;
  private final LongConsumer pause;
  private long begun;
  private long passed;

  private Pace(long perSecond, LongSupplier nanos, LongConsumer pause) {
    this.perSecond = perSecond;
    this.nanos = nanos;
    this.pause = pause;
  }

  /** As fast as it goes. */
  public static Pace full() {
    return new Pace(0, () -> 0, forNanos -> {});
  }

  /**
   * So that a server has the disk.
   *
   * @param perSecond bytes, or whatever is counted
   * @param nanos a monotonic clock
   * @param pause waits for so many nanoseconds
   */
  public static Pace gentle(long perSecond, LongSupplier nanos, LongConsumer pause) {
    return new Pace(perSecond, nanos, pause);
  }

  /** So much has been gone over; waits if that was too fast. */
  public void passed(long more) {
    if (perSecond == 0) {
      return;
    }
    long wait;
    synchronized (this) {
      long now = nanos.getAsLong();
      if (passed == 0) {
        begun = now;
      }
      passed += more;
      long due = begun + (long) (passed * 1e9 / perSecond);
      wait = due - now;
    }
    if (wait > PIECE_NANOS) {
      pause.accept(wait);
    }
  }
}
