// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * How fast a command goes over files: as fast as it can, or so that others hardly notice. Any
 * thread.
 */
final class Pace {
  private static final long PIECE_NANOS = 20_000_000;

  /** Slower than the slowest disk that a ledger is served from. */
  private static final long GENTLE_BYTES = 16L << 20;

  private final long bytesPerSecond;
  private final LongSupplier nanos;
  private final LongConsumer pause;
  private long begun;
  private long passed;

  private Pace(long bytesPerSecond, LongSupplier nanos, LongConsumer pause) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanos = nanos;
    this.pause = pause;
  }

  /** As fast as it goes. */
  static Pace full() {
    return new Pace(0, () -> 0, forNanos -> {});
  }

  /**
   * So that a server has the disk.
   *
   * @param nanos a monotonic clock
   * @param pause waits for so many nanoseconds
   */
  static Pace gentle(LongSupplier nanos, LongConsumer pause) {
    return new Pace(GENTLE_BYTES, nanos, pause);
  }

  /** Bytes have been gone over; waits if that was too fast. */
  void passed(long bytes) {
    if (bytesPerSecond == 0) {
      return;
    }
    long wait;
    synchronized (this) {
      long now = nanos.getAsLong();
      if (passed == 0) {
        begun = now;
      }
      passed += bytes;
      long due = begun + (long) (passed * 1e9 / bytesPerSecond);
      wait = due - now;
    }
    if (wait > PIECE_NANOS) {
      pause.accept(wait);
    }
  }
}
