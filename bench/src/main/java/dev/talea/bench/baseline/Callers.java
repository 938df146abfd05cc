// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.HdrHistogram.Histogram;

/**
 * A closed loop of callers, each a thread of its own that waits for its commit before it sends the
 * next: what many threads of a program see that share one ledger, or one bare file.
 *
 * <p>Whatever is compared is driven by the same code, so that the cost of waking a thread is in
 * both figures.
 */
public final class Callers {
  private Callers() {}

  /**
   * Runs for a while that does not count and then for one that does.
   *
   * @param first number of the first operation; they are numbered without gaps
   * @param bytesPerOperation for {@link Measured#bytes}
   * @param commit sends the nth operation
   */
  public static Measured run(
      int callers,
      double warmUpSeconds,
      double seconds,
      long first,
      long bytesPerOperation,
      LongFunction<? extends CompletableFuture<?>> commit)
      throws InterruptedException {
    AtomicLong next = new AtomicLong(first);
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            callers, callers, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(callers));
    try {
      threads.prestartAllCoreThreads(); // making them is no part of what is measured
      long measureFrom = System.nanoTime() + (long) (warmUpSeconds * 1e9);
      long until = measureFrom + (long) (seconds * 1e9);
      List<Future<Histogram>> running = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        running.add(threads.submit(() -> call(next, measureFrom, until, commit)));
      }
      Histogram all = Measured.histogram();
      for (Future<Histogram> caller : running) {
        all.add(caller.get());
      }
      long operations = all.getTotalCount();
      return new Measured(operations, operations * bytesPerOperation, seconds, all);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a caller failed, so nothing was measured", e.getCause());
    } finally {
      threads.shutdown();
    }
  }

  private static Histogram call(
      AtomicLong next,
      long measureFrom,
      long until,
      LongFunction<? extends CompletableFuture<?>> commit) {
    Histogram latency = Measured.histogram();
    long now = System.nanoTime();
    while (now < until) {
      long before = now;
      commit.apply(next.getAndIncrement()).join();
      now = System.nanoTime();
      if (before >= measureFrom && now < until) {
        latency.recordValue(now - before);
      }
    }
    return latency;
  }
}
