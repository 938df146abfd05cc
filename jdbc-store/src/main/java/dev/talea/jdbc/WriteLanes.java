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
 * <p>Bounded per book. Lanes take turns: after each group a lane goes to the back. A lane nobody
 * waits in is nothing at all, and a thread that has nothing to do goes.
 *
 * <p>Any thread offers; the monitor guards everything.
 */
final class WriteLanes implements AutoCloseable {
  private static final long IDLE_SECONDS = 5;
  private static final long CLOSE_SECONDS = 30;

  private final boolean oneLane;
  private final int bookDepthMax;
  private final int groupMax;
  private final Consumer<List<WriteRequest>> commit;
  private final ThreadPoolExecutor threads;
  private final Map<String, ArrayDeque<WriteRequest>> lanes = new HashMap<>();
  private final Map<String, Integer> waitingPerBook = new HashMap<>();
  private boolean closed;

  /**
   * @param commit called with a group on a thread of this object; answers each request
   */
  WriteLanes(
      int threadsMax,
      boolean oneLane,
      SqlStoreSettings settings,
      Consumer<List<WriteRequest>> commit) {
    this.oneLane = oneLane;
    this.bookDepthMax = settings.writeQueueDepth();
    this.groupMax = settings.writeBatchMax();
    this.commit = commit;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            threadsMax,
            threadsMax,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> new Thread(task, "talea-sql-writer-" + number.incrementAndGet()));
    threads.allowCoreThreadTimeOut(true);
  }

  /** What became of an offer. */
  enum Offer {
    TAKEN,
    FULL,
    CLOSED
  }

  /** Queues a write, unless as many drafts wait for its book as may. */
  synchronized Offer offer(WriteRequest request) {
    if (closed) {
      return Offer.CLOSED;
    }
    int waiting = waitingPerBook.getOrDefault(request.book, 0);
    if (waiting != 0 && waiting + request.weight() > bookDepthMax) {
      return Offer.FULL;
    }
    waitingPerBook.put(request.book, waiting + request.weight());
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
    int weight = 0;
    for (WriteRequest next = lane.peek();
        next != null && (weight == 0 || weight + next.weight() <= groupMax);
        next = lane.peek()) {
      lane.remove();
      group.add(next);
      weight += next.weight();
      waitingPerBook.merge(
          next.book, -next.weight(), (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
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
    long until = SystemTime.nanos() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    while (!threads.isTerminated() && SystemTime.nanos() < until) {
      try {
        threads.awaitTermination(until - SystemTime.nanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // an answer is owed to everybody who waits
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
