package dev.talea.server;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

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
  private static final long IDLE_SECONDS = 30;

  private final ThreadPoolExecutor pool;

  Parsers(int threads) {
    AtomicInteger number = new AtomicInteger();
    this.pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "talea-parser-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
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
