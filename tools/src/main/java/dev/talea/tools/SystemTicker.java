// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.concurrent.locks.LockSupport;

/** The adapter to the machine's monotonic clock, for measuring and for going slowly. */
final class SystemTicker {
  private SystemTicker() {}

  /** Nanoseconds from an arbitrary start; only differences mean something. */
  static long nanos() {
    return System.nanoTime();
  }

  /** Waits; an interrupt ends it and is kept. */
  static void pause(long forNanos) {
    LockSupport.parkNanos(forNanos);
  }
}
