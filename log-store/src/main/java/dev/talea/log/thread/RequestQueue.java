// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Hands requests from many threads to the one writer: a lock-free stack that the writer takes whole
 * and turns around, bounded by the sum of weights and by the sum of bytes.
 *
 * <p>Once closed it takes nothing more. Closing and taking the last requests is one step, so that
 * no request can slip in behind the writer's back and wait for ever.
 *
 * @param <R> requests
 */
final class RequestQueue<R> {

  /** A request on its way, linked to the one behind it once taken. */
  static final class Pending<R> {
    final R request;
    final int weight;
    final int bytes;
    @Nullable Pending<R> next;

    Pending(R request, int weight, int bytes) {
      this.request = request;
      this.weight = weight;
      this.bytes = bytes;
    }
  }

  /** What became of an offer. */
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  private static final VarHandle TOP;
  private static final VarHandle WEIGHT;
  private static final VarHandle BYTES;
  private static final Pending<Object> CLOSED = new Pending<>(new Object(), 0, 0);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TOP = lookup.findVarHandle(RequestQueue.class, "top", Pending.class);
      WEIGHT = lookup.findVarHandle(RequestQueue.class, "weight", long.class);
      BYTES = lookup.findVarHandle(RequestQueue.class, "bytes", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long weightMax;
  private final long bytesMax;
  private volatile @Nullable Pending<R> top;
  private volatile long weight;
  private volatile long bytes;

  RequestQueue(int weightMax, int bytesMax) {
    this.weightMax = weightMax;
    this.bytesMax = bytesMax;
  }

  /** From any thread: queues a request unless there is no room. */
  Offer offer(R request, int requestWeight, int requestBytes) {
    if (top == CLOSED) {
      return Offer.CLOSED;
    }
    Pending<R> pending = new Pending<>(request, requestWeight, requestBytes);
    if (!reserve(WEIGHT, requestWeight, weightMax)) {
      return Offer.FULL;
    }
    if (!reserve(BYTES, requestBytes, bytesMax)) {
      WEIGHT.getAndAdd(this, -(long) requestWeight);
      return Offer.FULL;
    }
    while (true) {
      Pending<R> current = top;
      if (current == CLOSED) {
        release(pending);
        return Offer.CLOSED;
      }
      pending.next = current;
      if (TOP.compareAndSet(this, current, pending)) {
        return Offer.TAKEN;
      }
    }
  }

  /** More than the whole queue holds is taken by one that holds nothing. */
  private boolean reserve(VarHandle sum, int more, long max) {
    while (true) {
      long current = (long) sum.getVolatile(this);
      if (more > 0 && current != 0 && current + more > max) {
        return false;
      }
      if (sum.compareAndSet(this, current, current + more)) {
        return true;
      }
    }
  }

  /** The writer has begun with a request: its room is free again. */
  void release(Pending<R> pending) {
    WEIGHT.getAndAdd(this, -(long) pending.weight);
    BYTES.getAndAdd(this, -(long) pending.bytes);
  }

  /** By the writer: everything queued, oldest first, or null. */
  @Nullable Pending<R> takeAll() {
    Pending<R> current = top;
    while (current != null && current != CLOSED) {
      if (TOP.compareAndSet(this, current, null)) {
        return oldestFirst(current);
      }
      current = top;
    }
    return null;
  }

  /** Takes nothing more from now on; gives what was queued, oldest first, or null. */
  @SuppressWarnings("unchecked") // the tombstone holds no request that is looked at
  @Nullable Pending<R> close() {
    Pending<R> last = (Pending<R>) TOP.getAndSet(this, CLOSED);
    return last == null || last == CLOSED ? null : oldestFirst(last);
  }

  /** Closes if nothing is queued, and says whether it is closed now. */
  boolean closeIfEmpty() {
    return TOP.compareAndSet(this, null, CLOSED) || top == CLOSED;
  }

  /** Whether the writer has something to take. */
  boolean hasRequests() {
    Pending<R> current = top;
    return current != null && current != CLOSED;
  }

  int queuedWeight() {
    return (int) Math.min(weight, Integer.MAX_VALUE);
  }

  long queuedBytes() {
    return bytes;
  }

  private static <R> Pending<R> oldestFirst(Pending<R> youngest) {
    Pending<R> reversed = youngest;
    @Nullable Pending<R> rest = youngest.next;
    reversed.next = null;
    while (rest != null) {
      Pending<R> following = rest.next;
      rest.next = reversed;
      reversed = rest;
      rest = following;
    }
    return reversed;
  }
}
