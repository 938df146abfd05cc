// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Opens the books of a ledger on several threads at once, before there are any callers. Stateless;
 * the calling thread is one of them and returns when all are done.
 */
final class BookOpeners {
  private BookOpeners() {}

  /**
   * Opens books on several threads at once: most of it is computation. The keys of a large book are
   * another thread's, so that one book alone is replayed by two.
   */
  static void openAll(Books books, List<String> names, int openers) {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    Runnable opener =
        () -> {
          ExecutorService keyThread =
              Executors.newSingleThreadExecutor(task -> new Thread(task, "talea-opener-keys"));
          Executor beside = openers > 1 ? keyThread : Runnable::run;
          try {
            for (int i = next.getAndIncrement(); i < names.size(); i = next.getAndIncrement()) {
              books.openExisting(names.get(i), beside);
            }
          } catch (Throwable e) {
            failed.compareAndSet(null, e);
            next.set(names.size());
          } finally {
            keyThread.shutdown();
          }
        };
    List<Thread> helpers = new ArrayList<>();
    for (int i = 1; i < Math.min(names.size(), openers); i++) {
      Thread helper = new Thread(opener, "talea-opener-" + i);
      helper.start();
      helpers.add(helper);
    }
    opener.run();
    helpers.forEach(BookOpeners::join);
    Throwable failure = failed.get();
    if (failure != null) {
      throw failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // half a ledger is none
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
