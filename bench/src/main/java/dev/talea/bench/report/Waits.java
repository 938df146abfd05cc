// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.report;

import java.util.List;

/**
 * What the requests beyond a percentile waited for.
 *
 * @param percentile such as 99.9
 * @param boundNanos the latency from which a request is among them
 * @param requests how many they are
 * @param causes largest share first
 */
public record Waits(double percentile, long boundNanos, long requests, List<Wait> causes) {
  public Waits {
    causes = List.copyOf(causes);
  }

  /**
   * One thing that was waited for.
   *
   * @param cause in words
   * @param requests how many waited for it longer than for anything else
   * @param share of the sum of all their latencies, 0 to 1
   */
  public record Wait(String cause, long requests, double share) {}
}
