// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The few threads on which reads of the store run, which may wait for the disk and therefore never
 * run on an event loop.
 *
 * <p>The queue has no bound of its own because those who fill it have one: a request in flight
 * waits for one read, an open event stream for one, and both are counted elsewhere.
 *
 * <p>Any thread may call.
 */
final class Readers implements Executor {
  private final ThreadPoolExecutor pool;

  Readers(int threads) {
    this("talea-reader", threads);
  }

  /** As above, by another name. */
  Readers(String name, int threads) {
    this.pool = ThreadsOnDemand.pool(name, threads);
  }

  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  /**
   * Takes no more, and waits for what runs. Threads are not interrupted: an interrupt closes the
   * file channel a reader may be using, for everybody.
   *
   * @return false if something still runs at the bound
   */
  boolean close(Duration bound) {
    pool.shutdown();
    try {
      return pool.awaitTermination(bound.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
