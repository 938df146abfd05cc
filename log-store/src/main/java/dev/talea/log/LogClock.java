// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/** Where commit times come from. */
@FunctionalInterface
public interface LogClock {

  /**
   * Microseconds since the Unix epoch. May stand still or jump back: the log never lets commit
   * times decrease.
   */
  long micros();
}
