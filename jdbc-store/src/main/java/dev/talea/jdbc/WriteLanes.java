// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Where writes wait, and the threads that take them from there in groups. A lane is what is written
 * by one thread at a time: a book where the database lets books be written side by side, all books
 * where it has one writer anyway. What arrives while a group is being committed becomes the next
 * group.
 *
 * <p>Bounded per book, in drafts and in bytes, and in bytes altogether. Lanes take turns: after
 * each group a lane goes to the back. A lane in which no write waits is nothing at all, and a
 * thread that has nothing to do goes.
 *
 * <p>Any thread offers; the monitor guards everything.
 */
final class WriteLanes implements AutoCloseable {
  private static final long IDLE_SECONDS = 5;
  private static final long CLOSE_SECONDS = 30;

  /**
   * What may wait for one book, by the size of its drafts. A queue of the usual drafts is full
   * before by their number; this is for those of a megabyte.
   */
  static final long BOOK_BYTES_MAX = 32L << 20;

  /** What may wait altogether: there may be many books. */
  static final long ALL_BYTES_MAX = 128L << 20;

  /** Of a group, unless it is a single request: a database takes no longer for two groups. */
  static final long GROUP_BYTES_MAX = 4L << 20;

  private final StoreTime time;
  private final boolean oneLane;
  private final int bookDepthMax;
  private final int groupMax;
  private final Consumer<List<WriteRequest>> commit;
  private final ThreadPoolExecutor threads;
  private final Map<String, ArrayDeque<WriteRequest>> lanes = new HashMap<>();
  private final Map<String, Waiting> waitingPerBook = new HashMap<>();
  private final long allBytesMax;
  private long waitingBytes;
  private boolean closed;

  /**
   * @param commit called with a group on a thread of this object; answers each request
   */
  WriteLanes(
      int threadsMax,
      boolean oneLane,
      SqlStoreSettings settings,
      StoreTime time,
      Consumer<List<WriteRequest>> commit) {
    this.time = time;
    this.oneLane = oneLane;
    this.bookDepthMax = settings.writeQueueDepth();
    this.groupMax = settings.writeBatchMax();
    this.commit = commit;
    this.allBytesMax = Math.min(ALL_BYTES_MAX, Runtime.getRuntime().maxMemory() / 8);
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            threadsMax,
            threadsMax,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> time.thread(task, "talea-sql-writer-" + number.incrementAndGet()));
    threads.allowCoreThreadTimeOut(true);
  }

  /** What became of an offer. */
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  /**
   * What waits for a book.
   *
   * @param weight drafts
   */
  private record Waiting(int weight, long bytes) {
    static final Waiting NOTHING = new Waiting(0, 0);

    Waiting plus(WriteRequest request) {
      return new Waiting(weight + request.weight(), bytes + request.bytes());
    }

    Waiting minus(WriteRequest request) {
      return new Waiting(weight - request.weight(), bytes - request.bytes());
    }
  }

  /**
   * Queues a write, unless as much waits for its book, or for all, as may. When nothing does, it is
   * taken however large it is.
   */
  synchronized Offer offer(WriteRequest request) {
    if (closed) {
      return Offer.CLOSED;
    }
    Waiting before = waitingPerBook.getOrDefault(request.book, Waiting.NOTHING);
    Waiting after = before.plus(request);
    boolean bookIsFull =
        before.weight != 0 && (after.weight > bookDepthMax || after.bytes > BOOK_BYTES_MAX);
    if (bookIsFull || (waitingBytes != 0 && waitingBytes + request.bytes() > allBytesMax)) {
      return Offer.FULL;
    }
    waitingPerBook.put(request.book, after);
    waitingBytes += request.bytes();
    String name = oneLane ? "" : request.book;
    ArrayDeque<WriteRequest> lane = lanes.get(name);
    if (lane == null) {
      lane = new ArrayDeque<>();
      lanes.put(name, lane);
      threads.execute(() -> serve(name));
    }
    lane.add(request);
    return Offer.TAKEN;
  }

  private void serve(String name) {
    List<WriteRequest> group = nextGroup(name);
    try {
      commit.accept(group);
    } finally {
      goOn(name); // whatever became of this group, others wait behind it
    }
  }

  private synchronized List<WriteRequest> nextGroup(String name) {
    ArrayDeque<WriteRequest> lane = lanes.getOrDefault(name, new ArrayDeque<>());
    List<WriteRequest> group = new ArrayList<>();
    Waiting taken = Waiting.NOTHING;
    for (WriteRequest next = lane.peek(); next != null; next = lane.peek()) {
      Waiting with = taken.plus(next);
      if (taken.weight != 0 && (with.weight > groupMax || with.bytes > GROUP_BYTES_MAX)) {
        break;
      }
      taken = with;
      lane.remove();
      group.add(next);
      waitingBytes -= next.bytes();
      WriteRequest request = next;
      waitingPerBook.computeIfPresent(
          next.book,
          (book, waiting) -> {
            Waiting left = waiting.minus(request);
            return left.weight == 0 ? null : left;
          });
    }
    return group;
  }

  private synchronized void goOn(String name) {
    ArrayDeque<WriteRequest> lane = lanes.get(name);
    if (lane == null || lane.isEmpty()) {
      lanes.remove(name);
      if (closed && lanes.isEmpty()) {
        threads.shutdown();
      }
    } else {
      threads.execute(() -> serve(name));
    }
  }

  /** Takes nothing more and finishes what waits. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      if (lanes.isEmpty()) {
        threads.shutdown();
      }
    }
    boolean interrupted = false;
    long until = time.nanos() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    while (!threads.isTerminated() && time.nanos() < until) {
      try {
        threads.awaitTermination(until - time.nanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // an answer is owed to everybody who waits
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
