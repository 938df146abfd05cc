// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * The few threads on which long bodies are read. A body of two megabytes takes a tenth of a second,
 * and on an event loop all other connections of that loop would wait for it.
 *
 * <p>The queue has no bound of its own because those who fill it have one: what waits in it has a
 * place among the requests in flight, and its bytes are counted there.
 *
 * <p>Any thread may call.
 */
final class Parsers implements Executor {
  private final ThreadPoolExecutor pool;

  Parsers(int threads) {
    this.pool = ThreadsOnDemand.pool("talea-parser", threads);
  }

  /** Half the cores: reading bodies must not take all of them from commits and answers. */
  static Parsers forThisMachine() {
    return new Parsers(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  /** Takes no more; what is in it is still done. */
  void close() {
    pool.shutdown();
  }
}
