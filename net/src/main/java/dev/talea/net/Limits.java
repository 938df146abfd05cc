// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.time.Duration;

/** Checks settings when they are made, so that a limit of nothing is found there and not in use. */
final class Limits {
  private Limits() {}

  static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
    return value;
  }

  static long positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
    return value;
  }

  static Duration positive(String name, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException(name + " must be longer than zero, not " + value);
    }
    return value;
  }
}
