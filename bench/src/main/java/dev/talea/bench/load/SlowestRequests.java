// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongFunction;

/**
 * The slowest of all requests of a run, up to a number of them: a heap with the fastest of them on
 * top, which goes when a slower one comes. For one thread.
 *
 * <p>A class of its own, on arrays that are made once, because tens of thousands of objects would
 * have to be copied by the generator's garbage collections, and those pauses are charged to the
 * server.
 */
final class SlowestRequests {
  private static final int LATENCY = 0;
  private static final int REQUEST = 1;
  private static final int STATUS = 2;
  private static final int INTENDED = 3;
  private static final int SENT = 4;
  private static final int QUEUE_SINCE = 5;
  private static final int FIELDS = 6;

  private final int max;
  private final long[] heap;
  private int size;

  SlowestRequests(int max) {
    this.max = max;
    this.heap = new long[max * FIELDS];
  }

  /** Offers one; it is kept if it is slow enough. */
  void offer(
      long request, int status, long intended, long sent, long latencyNanos, long queueSince) {
    int at;
    if (size < max) {
      at = up(size++, latencyNanos);
    } else if (latencyNanos > heap[LATENCY]) {
      at = down(latencyNanos);
    } else {
      return;
    }
    int field = at * FIELDS;
    heap[field + LATENCY] = latencyNanos;
    heap[field + REQUEST] = request;
    heap[field + STATUS] = status;
    heap[field + INTENDED] = intended;
    heap[field + SENT] = sent;
    heap[field + QUEUE_SINCE] = queueSince;
  }

  /** Where it belongs, from a new leaf upwards. */
  private int up(int leaf, long latency) {
    int at = leaf;
    while (at > 0 && latency < latency((at - 1) / 2)) {
      move((at - 1) / 2, at);
      at = (at - 1) / 2;
    }
    return at;
  }

  /** Where it belongs once the top is gone, from there downwards. */
  private int down(long latency) {
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && latency(child + 1) < latency(child)) {
        child++;
      }
      if (latency <= latency(child)) {
        break;
      }
      move(child, at);
      at = child;
    }
    return at;
  }

  private long latency(int at) {
    return heap[at * FIELDS + LATENCY];
  }

  private void move(int from, int to) {
    System.arraycopy(heap, from * FIELDS, heap, to * FIELDS, FIELDS);
  }

  /**
   * All that were kept, slowest first.
   *
   * @param kinds what kind of request a number is
   */
  List<Outcome.Late> all(LongFunction<String> kinds) {
    List<Outcome.Late> all = new ArrayList<>(size);
    for (int field = 0; field < size * FIELDS; field += FIELDS) {
      all.add(
          new Outcome.Late(
              kinds.apply(heap[field + REQUEST]),
              (int) heap[field + STATUS],
              heap[field + INTENDED],
              heap[field + SENT],
              heap[field + LATENCY],
              heap[field + QUEUE_SINCE]));
    }
    all.sort(Comparator.comparingLong(Outcome.Late::latencyNanos).reversed());
    return all;
  }
}
