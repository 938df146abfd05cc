package dev.talea.ledger;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Follows a book of a store in process. Holds a position and at most one page of events; what the
 * writer does meanwhile stays in the store until it is asked for.
 *
 * <p>One reader thread; the store's wake-ups come from its own threads and hold the lock for two
 * assignments. The lock is not held while the store is read. It is a lock and not an atomic flag
 * because it orders a wake-up against the store's publication of what it announces, however weakly
 * the store publishes: either the reader's next look comes after it, or the flag is still up.
 */
final class StoreEventStream implements EventStream {
  private static final int PAGE_EVENTS_MAX = 256;
  private static final int PAGE_BYTES_MAX = 256 * 1024;

  private final StoreReader store;
  private final String book;
  private final Queue<Event> page = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final StoreReader.Watch watch;

  /** Guarded by {@link #lock}: there may be events the reader has not looked for. */
  private boolean news = true;

  /** Guarded by {@link #lock}. */
  private boolean closed;

  /** Seq of the last event handed out; the reader's. */
  private long lastSeq;

  StoreEventStream(StoreReader store, String book, long fromSeq) {
    this.store = store;
    this.book = book;
    this.lastSeq = Math.max(fromSeq, 1) - 1;
    // Watching begins before the first look, so no commit falls between the two.
    this.watch = store.watch(book, this::announce);
  }

  private void announce() {
    lock.lock();
    try {
      news = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Event poll(Duration timeout) throws InterruptedException {
    long nanosLeft = TimeUnit.NANOSECONDS.convert(timeout);
    while (true) {
      lock.lockInterruptibly();
      try {
        while (page.isEmpty() && !news && !closed && nanosLeft > 0) {
          nanosLeft = changed.awaitNanos(nanosLeft);
        }
        if (closed || (page.isEmpty() && !news)) {
          return null;
        }
        if (page.isEmpty()) {
          news = false;
        }
      } finally {
        lock.unlock();
      }
      Event next = page.poll();
      if (next != null) {
        lastSeq = inOrder(next).seq();
        return next.published();
      }
      readPage();
    }
  }

  private void readPage() {
    boolean lookAgain = true;
    try {
      page.addAll(store.events(book, lastSeq, PAGE_EVENTS_MAX, PAGE_BYTES_MAX));
      if (page.isEmpty()) {
        store.checkNotBeyondEnd(book, lastSeq);
        lookAgain = false;
      }
    } finally {
      // There may be more behind a page, and no further wake-up for it. After a failure too: the
      // next call is to meet it again rather than wait for news that will not come.
      if (lookAgain) {
        announce();
      }
    }
  }

  private Event inOrder(Event next) {
    if (next.seq() != lastSeq + 1) {
      throw new IllegalStateException(
          "The store broke off the sequence of book '%s': after seq %d came %d. Nothing was skipped; report this."
              .formatted(book, lastSeq, next.seq()));
    }
    return next;
  }

  @Override
  public void close() {
    watch.close();
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
