// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * The two clocks of this package, handed in so that nothing else reads one: the steady one measures
 * deadlines, the wall clock only words the {@code Date} header.
 */
record NetTime(LongSupplier steady, Clock wall) {
  static NetTime system() {
    return new NetTime(System::nanoTime, Clock.systemUTC());
  }
}
