// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.net.TransportException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Lets so many requests at a time go to the connections, and the others wait in the order in which
 * they came: a caller that makes ten thousand calls at once is served like one that makes them one
 * after the other. Separate from the connections because those refuse what exceeds their own queue,
 * which is right for a server in between and wrong for a caller that holds a future.
 *
 * <p>What waits is bounded in bytes; beyond that a call is refused at once. A request waits no
 * longer than a try may take, and what it has waited is taken off the try.
 *
 * <p>Any thread may call. Requests start on the thread that makes the call or on the one on which
 * an earlier answer came.
 */
final class Gate {
  /** Requests of ordinary size by the hundred thousand, and a fraction of any heap. */
  static final long WAITING_BYTES_MAX = 64L << 20;

  /** What a waiting request takes besides its body: objects, a future, its target. */
  private static final int OVERHEAD_BYTES = 512;

  /** A request that waits. */
  private static final class Waiting<T> {
    final long sinceNanos;
    final long bytes;
    final Function<Duration, CompletableFuture<T>> send;
    final CompletableFuture<T> answer = new CompletableFuture<>();

    Waiting(long sinceNanos, long bytes, Function<Duration, CompletableFuture<T>> send) {
      this.sinceNanos = sinceNanos;
      this.bytes = bytes;
      this.send = send;
    }
  }

  private final int inHandMax;
  private final long waitingBytesMax;
  private final Duration timeout;
  private final Surroundings surroundings;

  /** Guards the rest. */
  private final Object lock = new Object();

  private final ArrayDeque<Waiting<?>> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private int inHand;
  private boolean pumping;
  private boolean sweeping;
  private boolean closed;

  /**
   * @param inHandMax requests that the connections hold at a time
   * @param waitingBytesMax of requests that wait here
   * @param timeout of a try, waiting included
   */
  Gate(int inHandMax, long waitingBytesMax, Duration timeout, Surroundings surroundings) {
    this.inHandMax = inHandMax;
    this.waitingBytesMax = waitingBytesMax;
    this.timeout = timeout;
    this.surroundings = surroundings;
  }

  /**
   * Sends a request when its turn has come.
   *
   * @param bytes of its body
   * @param send makes the request within the time it is given
   */
  <T> CompletableFuture<T> pass(long bytes, Function<Duration, CompletableFuture<T>> send) {
    Waiting<T> request = new Waiting<>(surroundings.nanoTime(), bytes + OVERHEAD_BYTES, send);
    boolean first;
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(clientClosed());
      }
      first = waiting.isEmpty();
      if (!first && waitingBytes + request.bytes > waitingBytesMax) {
        return CompletableFuture.failedFuture(
            new TransportException(
                TransportException.Kind.POOL_EXHAUSTED,
                false,
                waiting.size()
                    + " requests with "
                    + waitingBytes
                    + " bytes already wait in this client"));
      }
      waiting.add(request);
      waitingBytes += request.bytes;
    }
    pump();
    return request.answer;
  }

  /**
   * Starts what may start. One thread at a time, in a loop: an answer that is there at once must
   * not start the next request from within itself, ten thousand deep.
   */
  private void pump() {
    synchronized (lock) {
      if (pumping) {
        return;
      }
      pumping = true;
    }
    while (true) {
      Waiting<?> next;
      boolean sweep;
      synchronized (lock) {
        next = inHand < inHandMax ? waiting.poll() : null;
        if (next != null) {
          waitingBytes -= next.bytes;
          inHand++;
        } else {
          pumping = false;
        }
        sweep = next == null && !waiting.isEmpty() && !sweeping;
        sweeping |= sweep;
      }
      if (next == null) {
        if (sweep) {
          sweepAfter(timeout);
        }
        return;
      }
      start(next);
    }
  }

  private <T> void start(Waiting<T> request) {
    Duration left = timeout.minusNanos(surroundings.nanoTime() - request.sinceNanos);
    CompletableFuture<T> answer =
        left.isNegative() || left.isZero()
            ? CompletableFuture.failedFuture(waitedTooLong())
            : sent(request, left);
    var unused =
        answer.whenComplete(
            (result, failure) -> {
              synchronized (lock) {
                inHand--;
              }
              if (failure == null) {
                request.answer.complete(result);
              } else {
                request.answer.completeExceptionally(failure);
              }
              pump();
            });
  }

  private static <T> CompletableFuture<T> sent(Waiting<T> request, Duration left) {
    try {
      return request.send.apply(left);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e); // or its place would be taken for ever
    }
  }

  private void sweepAfter(Duration delay) {
    var unused = surroundings.after(delay).thenRun(this::sweep);
  }

  /** Ends the wait of those whose time is over: the oldest, as all have the same. */
  private void sweep() {
    List<Waiting<?>> late = new ArrayList<>();
    Duration next = null;
    long now = surroundings.nanoTime();
    synchronized (lock) {
      while (!waiting.isEmpty() && now - waiting.getFirst().sinceNanos >= timeout.toNanos()) {
        Waiting<?> request = waiting.removeFirst();
        waitingBytes -= request.bytes;
        late.add(request);
      }
      if (waiting.isEmpty()) {
        sweeping = false;
      } else {
        next = timeout.minusNanos(now - waiting.getFirst().sinceNanos);
      }
    }
    for (Waiting<?> request : late) {
      request.answer.completeExceptionally(waitedTooLong());
    }
    if (next != null) {
      sweepAfter(next);
    }
  }

  /** Fails what waits; what is on its way is the connections' to fail. */
  void close() {
    List<Waiting<?>> left;
    synchronized (lock) {
      closed = true;
      left = List.copyOf(waiting);
      waiting.clear();
      waitingBytes = 0;
    }
    for (Waiting<?> request : left) {
      request.answer.completeExceptionally(clientClosed());
    }
  }

  private TransportException waitedTooLong() {
    return new TransportException(
        TransportException.Kind.TIMED_OUT,
        false,
        "waited for a connection for " + timeout.toSeconds() + " s");
  }

  private static TransportException clientClosed() {
    return new TransportException(
        TransportException.Kind.CLIENT_CLOSED, false, "The client is closed");
  }
}
