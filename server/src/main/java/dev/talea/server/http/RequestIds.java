// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.net.HttpExchange;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Names requests, so that what a caller was told can be found in the log: a prefix that differs
 * between runs of the daemon, and a number that differs within one.
 *
 * <p>Any thread may call.
 */
final class RequestIds {
  /** What is attached to an exchange and knows the id of its request. */
  interface Named {
    String requestId();
  }

  private final String prefix;
  private final AtomicLong next = new AtomicLong();

  /**
   * @param run random, so that the ids of two runs do not meet in one log
   */
  RequestIds(long run) {
    this.prefix = String.format("%08x-", (int) run);
  }

  /** The id of the request that this exchange is about, or a new one if it has none yet. */
  String of(@Nullable HttpExchange exchange) {
    return exchange != null && exchange.attachment() instanceof Named named
        ? named.requestId()
        : next();
  }

  String next() {
    return prefix + Long.toHexString(next.incrementAndGet());
  }
}
