// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;

/** Commit times: microseconds since 1970 in the log, {@link Instant}s outside. Stateless. */
public final class Micros {
  private static final long PER_SECOND = 1_000_000;

  private Micros() {}

  /** The moment so many microseconds after 1970 began. */
  public static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1000);
  }

  /**
   * The last whole microsecond not after the instant. Instants reach further than 64 bits of
   * microseconds; beyond, the nearest value is as good, since no commit lies out there.
   */
  public static long floor(Instant instant) {
    long seconds = instant.getEpochSecond();
    if (seconds >= Long.MAX_VALUE / PER_SECOND) {
      return Long.MAX_VALUE;
    }
    if (seconds <= Long.MIN_VALUE / PER_SECOND) {
      return Long.MIN_VALUE;
    }
    return seconds * PER_SECOND + instant.getNano() / 1000;
  }
}
