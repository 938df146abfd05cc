// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests in flight and the bytes of their bodies, over all routes together, and turns
 * away what is too much. It never makes a request wait: a queue in front of a full server only
 * makes the answers late.
 *
 * <p>A request is in flight from the moment it is complete until its answer is given. While it is
 * still coming, and while its answer waits for a reader, it is the connection that bounds it: a
 * place is for work, and a peer must not be able to hold one by waiting.
 *
 * <p>Any thread may call.
 */
final class Admission {
  private final int inFlightMax;
  private final long bodyBytesMax;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicLong bodyBytes = new AtomicLong();

  /**
   * @param bodyBytesMax of the bodies in flight together; one body is let in whatever its length
   */
  Admission(int inFlightMax, long bodyBytesMax) {
    this.inFlightMax = inFlightMax;
    this.bodyBytesMax = bodyBytesMax;
  }

  /**
   * Bodies in flight are at most an eighth of the heap, because what they are read into takes a few
   * times as much.
   */
  static long bodyBytesForThisHeap() {
    return Runtime.getRuntime().maxMemory() / 8;
  }

  /** A place for one request with a body of this length, or null if there is none. */
  @Nullable Ticket tryEnter(int bytes) {
    if (!takePlace()) {
      return null;
    }
    long others = bodyBytes.getAndAdd(bytes);
    if (bytes > 0 && others > 0 && others + bytes > bodyBytesMax) {
      bodyBytes.addAndGet(-bytes);
      inFlight.decrementAndGet();
      return null;
    }
    return new Ticket(bytes);
  }

  private boolean takePlace() {
    int now = inFlight.get();
    while (now < inFlightMax) {
      int witness = inFlight.compareAndExchange(now, now + 1);
      if (witness == now) {
        return true;
      }
      now = witness;
    }
    return false;
  }

  /** There is no place for even the smallest request. */
  boolean isFull() {
    return inFlight.get() >= inFlightMax;
  }

  /** Places taken at this moment. */
  int inFlight() {
    return inFlight.get();
  }

  /** Bytes of the bodies in flight at this moment. */
  long bodyBytes() {
    return bodyBytes.get();
  }

  /** One place. Giving it back twice gives it back once, so who is in doubt may. */
  final class Ticket {
    private final int bytes;
    private final AtomicBoolean given = new AtomicBoolean();

    private Ticket(int bytes) {
      this.bytes = bytes;
    }

    void giveBack() {
      if (given.compareAndSet(false, true)) {
        bodyBytes.addAndGet(-bytes);
        inFlight.decrementAndGet();
      }
    }
  }
}
