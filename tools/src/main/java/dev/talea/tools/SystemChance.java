// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** The adapter to the machine's strong source of chance, for keys. */
final class SystemChance {
  private SystemChance() {}

  static RandomGenerator strong() {
    return new SecureRandom();
  }
}
