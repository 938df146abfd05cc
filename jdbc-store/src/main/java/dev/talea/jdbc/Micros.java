package dev.talea.jdbc;

import java.time.Instant;

/** Moments as the tables hold them: microseconds since 1970. Stateless; any thread. */
final class Micros {
  private static final long PER_SECOND = 1_000_000;

  private Micros() {}

  /** The moment, rounded down, and into what 64 bits hold: no commit is beyond that. */
  static long of(Instant moment) {
    long second = moment.getEpochSecond();
    if (second >= Long.MAX_VALUE / PER_SECOND) {
      return Long.MAX_VALUE;
    }
    if (second <= Long.MIN_VALUE / PER_SECOND) {
      return Long.MIN_VALUE;
    }
    return second * PER_SECOND + moment.getNano() / 1000;
  }

  static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1000);
  }
}
