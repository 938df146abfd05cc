// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.Micros;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/** The adapter to the machine's clocks, for measuring, going slowly, and naming a moment. */
final class SystemTicker {
  private SystemTicker() {}

  /** Nanoseconds from an arbitrary start; only differences mean something. */
  static long nanos() {
    return System.nanoTime();
  }

  /** Microseconds since the epoch, for the moment that a copy is cut at. */
  static long micros() {
    return Micros.floor(Instant.now());
  }

  /** Waits; an interrupt ends it and is kept. */
  static void pause(long forNanos) {
    LockSupport.parkNanos(forNanos);
  }
}
