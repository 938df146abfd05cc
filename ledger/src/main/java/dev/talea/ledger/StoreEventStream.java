package dev.talea.ledger;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows a book of a store in process. Holds a position and at most one page of events; what the
 * writer does meanwhile stays in the store until it is asked for.
 *
 * <p>One reader thread; the store's wake-ups come from its own threads.
 */
final class StoreEventStream implements EventStream {
  private static final int PAGE_EVENTS_MAX = 256;
  private static final int PAGE_BYTES_MAX = 256 * 1024;

  private final Store store;
  private final String book;
  private final Queue<Event> page = new ArrayDeque<>();

  /** Holds a permit when there may be something new since the reader last looked. */
  private final Semaphore news = new Semaphore(1);

  private final Store.Watch watch;
  private long lastSeq;
  private volatile boolean closed;

  StoreEventStream(Store store, String book, long fromSeq) {
    this.store = store;
    this.book = book;
    this.lastSeq = Math.max(fromSeq, 1) - 1;
    // Watching begins before the first look, so no commit falls between the two.
    this.watch = store.watch(book, this::wake);
  }

  private void wake() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  @Override
  public @Nullable Event poll(Duration timeout) throws InterruptedException {
    while (page.isEmpty() && !closed) {
      if (!news.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return null;
      }
      page.addAll(store.events(book, lastSeq, PAGE_EVENTS_MAX, PAGE_BYTES_MAX));
      if (!page.isEmpty()) {
        // There may be more behind this page, and no further wake-up for it.
        wake();
      }
    }
    Event next = closed ? null : page.poll();
    if (next != null) {
      lastSeq = next.seq();
    }
    return next;
  }

  @Override
  public void close() {
    closed = true;
    watch.close();
    news.release();
  }
}
