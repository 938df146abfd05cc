// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

/** The adapter to the machine's monotonic clock, for measuring how long things take. */
final class SystemTicker {
  private SystemTicker() {}

  /** Nanoseconds from an arbitrary start; only differences mean something. */
  static long nanos() {
    return System.nanoTime();
  }
}
