// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Histograms of nanoseconds, all with the same range, so that they can be added up. */
final class Histograms {
  /** Longer is recorded as this. */
  static final long NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

  /** No answer over a socket comes faster, so finer steps would only cost memory. */
  private static final long NANOS_MIN = 100;

  private Histograms() {}

  /** For a whole measurement: three digits. */
  static Histogram fine() {
    return new Histogram(NANOS_MIN, NANOS_MAX, 3);
  }

  /** For a second of it, which has to be read and emptied on the event loop: two digits. */
  static Histogram coarse() {
    return new Histogram(NANOS_MIN, NANOS_MAX, 2);
  }
}
