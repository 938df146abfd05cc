package dev.talea.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Names requests, so that what a caller was told can be found in the log: a prefix that differs
 * between runs of the daemon, and a number that differs within one.
 *
 * <p>Any thread may call.
 */
final class RequestIds {
  private final String prefix;
  private final AtomicLong next = new AtomicLong();

  /**
   * @param run random, so that the ids of two runs do not meet in one log
   */
  RequestIds(long run) {
    this.prefix = String.format("%08x-", (int) run);
  }

  String next() {
    return prefix + Long.toHexString(next.incrementAndGet());
  }
}
