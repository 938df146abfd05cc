// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Interval;
import java.time.Instant;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What a {@link LoadRun} saw in the time that counts. Latencies in nanoseconds: from the send in a
 * closed loop, from the intended start in an open one.
 *
 * @param operations completed well within the time
 * @param seconds how long it really was
 * @param latency of requests that were completed well; those of an open loop that could not be sent
 *     until the end are in it with the time they had waited by then
 * @param refused latency of all others that were answered
 * @param sendLag how long after its intended start a request was sent; the generator's own share of
 *     the latency of an open loop
 * @param errors by status, {@code cut}, {@code unsent}, and whatever the traffic counted
 * @param aside the same of the time that does not count
 * @param withoutRetryAfter refusals, 429 or 503, that did not say when to come back
 * @param slowest of the requests that count, slowest first; {@link LoadRun#SLOWEST_MAX} at most
 * @param startNanos on the clock of {@link System#nanoTime}, when the time began to count
 */
public record Outcome(
    long operations,
    double seconds,
    Histogram latency,
    Histogram refused,
    Histogram sendLag,
    Tally errors,
    Tally aside,
    long withoutRetryAfter,
    List<Interval> series,
    List<Late> slowest,
    Instant start,
    long startNanos,
    boolean endedEarly) {

  /**
   * One of the slowest requests; times on the clock of {@link System#nanoTime}.
   *
   * @param queueSinceNanos if it had to wait for a free connection: when the oldest request was
   *     sent that was under way when connections ran out; otherwise 0
   */
  public record Late(
      String kind,
      int status,
      long intendedNanos,
      long sentNanos,
      long latencyNanos,
      long queueSinceNanos) {}

  /** Operations a second. */
  public double perSecond() {
    return seconds == 0 ? 0 : operations / seconds;
  }
}
