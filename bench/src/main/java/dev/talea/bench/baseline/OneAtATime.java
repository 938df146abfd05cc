// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import org.HdrHistogram.Histogram;

/**
 * The loop of a caller that does one thing, waits until it is durable, and does the next.
 * Stateless; the step runs on the thread that calls.
 */
public final class OneAtATime {

  /** One thing and the wait for it. */
  public interface Step<X extends Exception> {
    /** Returns how many operations have become durable. */
    long run() throws X;
  }

  private static final int STEPS_MIN = 100;

  private OneAtATime() {}

  /**
   * Repeats a step for a while that does not count and then for one that does, but at least a
   * hundred times, so that there is something to take percentiles of.
   *
   * @param bytesPerOperation for {@link Measured#bytes}
   */
  public static <X extends Exception> Measured run(
      double warmUpSeconds, double seconds, long bytesPerOperation, Step<X> step) throws X {
    long begin = System.nanoTime();
    long measureFrom = begin + (long) (warmUpSeconds * 1e9);
    long until = measureFrom + (long) (seconds * 1e9);
    long now = begin;
    while (now < measureFrom) {
      step.run();
      now = System.nanoTime();
    }
    Histogram latency = Measured.histogram();
    long operations = 0;
    long from = now;
    do {
      long before = now;
      operations += step.run();
      now = System.nanoTime();
      latency.recordValue(now - before);
    } while (now < until || latency.getTotalCount() < STEPS_MIN);
    return new Measured(operations, operations * bytesPerOperation, (now - from) / 1e9, latency);
  }
}
