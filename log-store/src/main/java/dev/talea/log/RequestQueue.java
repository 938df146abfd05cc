package dev.talea.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Hands requests from many threads to the one writer: a lock-free stack that the writer takes whole
 * and turns around, bounded by the sum of weights.
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
    @Nullable Pending<R> next;

    Pending(R request, int weight) {
      this.request = request;
      this.weight = weight;
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
  private static final Pending<Object> CLOSED = new Pending<>(new Object(), 0);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TOP = lookup.findVarHandle(RequestQueue.class, "top", Pending.class);
      WEIGHT = lookup.findVarHandle(RequestQueue.class, "weight", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long weightMax;
  private volatile @Nullable Pending<R> top;
  private volatile long weight;

  RequestQueue(int weightMax) {
    this.weightMax = weightMax;
  }

  /** From any thread: queues a request unless there is no room. */
  Offer offer(R request, int requestWeight) {
    if (top == CLOSED) {
      return Offer.CLOSED;
    }
    if (!reserve(requestWeight)) {
      return Offer.FULL;
    }
    Pending<R> pending = new Pending<>(request, requestWeight);
    while (true) {
      Pending<R> current = top;
      if (current == CLOSED) {
        release(requestWeight);
        return Offer.CLOSED;
      }
      pending.next = current;
      if (TOP.compareAndSet(this, current, pending)) {
        return Offer.TAKEN;
      }
    }
  }

  private boolean reserve(int requestWeight) {
    while (true) {
      long current = weight;
      if (current != 0 && current + requestWeight > weightMax) {
        return false;
      }
      if (WEIGHT.compareAndSet(this, current, current + requestWeight)) {
        return true;
      }
    }
  }

  /** The writer has begun with a request: its room is free again. */
  void release(int requestWeight) {
    WEIGHT.getAndAdd(this, -(long) requestWeight);
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
  @SuppressWarnings("unchecked") // the tombstone holds no request that anybody looks at
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
