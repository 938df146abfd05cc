// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.time.Duration;

/**
 * How a {@link LoadRun} goes about it.
 *
 * @param connections each with one request in flight at most
 * @param perSecond requests a second of an open loop, whatever the answers do; 0 for a closed loop,
 *     in which each connection sends when it has its answer
 * @param warmUp time that does not count
 * @param duration time that does
 * @param requestsMax ends the run before its time; 0 for no limit
 */
public record Plan(
    int connections, double perSecond, Duration warmUp, Duration duration, long requestsMax) {
  /** Longer than any bench; only there to end a run that requestsMax should have ended. */
  private static final Duration LONG = Duration.ofHours(12);

  public Plan {
    if (connections < 1 || perSecond < 0 || duration.isNegative() || warmUp.isNegative()) {
      throw new IllegalArgumentException(
          "connections %d, rate %f, warm-up %s, duration %s: there is a senseless one among them"
              .formatted(connections, perSecond, warmUp, duration));
    }
  }

  /** Each connection waits for its answer. */
  public static Plan closed(int connections, Duration warmUp, Duration duration) {
    return new Plan(connections, 0, warmUp, duration, 0);
  }

  /** Requests leave by the clock. */
  public static Plan open(int connections, double perSecond, Duration warmUp, Duration duration) {
    return new Plan(connections, perSecond, warmUp, duration, 0);
  }

  /** Sends what there is and ends. */
  static Plan untilDone(int connections) {
    return new Plan(connections, 0, Duration.ZERO, LONG, 0);
  }

  /** The same, ended by a number of requests. */
  Plan atMost(long requests) {
    return new Plan(connections, perSecond, warmUp, duration, requests);
  }

  boolean isOpen() {
    return perSecond > 0;
  }
}
