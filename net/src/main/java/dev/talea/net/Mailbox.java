// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Settled exchanges on their way to one event loop: any thread puts, the loop takes them all.
 *
 * <p>A stack linked through the exchanges themselves, so that putting allocates nothing. The put
 * that finds it empty says so, and its caller schedules the one task that takes the whole burst;
 * puts that come before that task runs ride along.
 */
final class Mailbox {
  private final AtomicReference<@Nullable ServerExchange> top = new AtomicReference<>();

  /** True if the mailbox was empty, so that the loop has to be woken. */
  boolean put(ServerExchange exchange) {
    while (true) {
      ServerExchange below = top.get();
      exchange.next = below;
      if (top.compareAndSet(below, exchange)) {
        return below == null;
      }
    }
  }

  /** All that is in it, oldest first, linked by {@code next}; null if there is nothing. */
  @Nullable ServerExchange takeAll() {
    ServerExchange newestFirst = top.getAndSet(null);
    ServerExchange oldestFirst = null;
    while (newestFirst != null) {
      ServerExchange below = newestFirst.next;
      newestFirst.next = oldestFirst;
      oldestFirst = newestFirst;
      newestFirst = below;
    }
    return oldestFirst;
  }
}
