// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

/**
 * Holds constants to what is said of them, where they are declared: a relation that does not hold
 * stops the class from loading, and with it the first test that touches it. Stateless.
 */
public final class Layout {

  private Layout() {}

  /** Throws unless the relation holds. */
  public static void check(boolean holds, String relation) {
    if (!holds) {
      throw new IllegalStateException("constants contradict each other, not true: " + relation);
    }
  }
}
