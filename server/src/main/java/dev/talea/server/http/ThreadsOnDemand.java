// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes pools of a few named threads that start with the first task and end when there has been
 * none for a while. Apart from the pools because each of them bounds and closes in its own way.
 *
 * <p>Stateless.
 */
final class ThreadsOnDemand {
  private static final long IDLE_SECONDS = 30;

  private ThreadsOnDemand() {}

  /**
   * @param name what the threads are called, before a number
   */
  static ThreadPoolExecutor pool(String name, int threads) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
