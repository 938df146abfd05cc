// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts open connections, altogether and by address, and says when one is too many. Shared by all
 * event loops; every method may be called from any thread.
 */
final class ConnectionLimits {
  private final int totalMax;
  private final int perAddressMax;
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder refused = new LongAdder();
  private final ConcurrentHashMap<ByteBuffer, Integer> byAddress = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> allClosed = new CompletableFuture<>();
  private volatile boolean closing;

  ConnectionLimits(int totalMax, int perAddressMax) {
    this.totalMax = totalMax;
    this.perAddressMax = perAddressMax;
  }

  /** Takes a place for one more connection; false means it must be closed, and has no place. */
  boolean take(InetAddress address) {
    if (open.incrementAndGet() > totalMax) {
      leave();
      refused.increment();
      return false;
    }
    int ofAddress = byAddress.merge(key(address), 1, Integer::sum);
    if (ofAddress > perAddressMax) {
      giveBack(address);
      refused.increment();
      return false;
    }
    return true;
  }

  void giveBack(InetAddress address) {
    byAddress.computeIfPresent(key(address), (key, count) -> count == 1 ? null : count - 1);
    leave();
  }

  int open() {
    return open.get();
  }

  long refused() {
    return refused.sum();
  }

  /** From now on the last connection to go completes the future; so does their absence. */
  CompletableFuture<Void> whenAllClosed() {
    closing = true;
    if (open.get() == 0) {
      allClosed.complete(null);
    }
    return allClosed;
  }

  private void leave() {
    if (open.decrementAndGet() == 0 && closing) {
      allClosed.complete(null);
    }
  }

  /** An IPv6 host usually owns a whole /64, so counting its addresses one by one counts nothing. */
  static ByteBuffer key(InetAddress address) {
    byte[] bytes = address.getAddress();
    return ByteBuffer.wrap(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
  }
}
