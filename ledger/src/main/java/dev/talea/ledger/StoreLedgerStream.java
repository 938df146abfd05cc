package dev.talea.ledger;

import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Follows books of a store in process. Holds a position per book and at most one page of events;
 * what the writers do meanwhile stays in the store until it is asked for. Books with news wait in a
 * line and get one page each in turn.
 *
 * <p>One reader thread; the store's wake-ups come from its own threads and hold the lock for as
 * long as it takes to leave a name. The lock is not held while the store is read. It is a lock and
 * not a concurrent set because it orders a wake-up against the store's publication of what it
 * announces, however weakly the store publishes: either the reader's next look comes after it, or
 * the name is still there.
 */
final class StoreLedgerStream implements LedgerStream {
  private static final int PAGE_EVENTS_MAX = 256;
  private static final int PAGE_BYTES_MAX = 256 * 1024;

  private final StoreReader store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<StoreReader.Watch> watches = new ArrayList<>();

  /** Guarded by {@link #lock}: books in which there may be events that no look has seen. */
  private final Set<String> line = new LinkedHashSet<>();

  /** Guarded by {@link #lock}. */
  private boolean closed;

  // Everything below is the reader's.
  private final Map<String, Long> lastSeqs;
  private final Set<String> ended = new HashSet<>();
  private final Queue<Event> page = new ArrayDeque<>();
  private String pageBook = "";

  /** Whether the store is still to be asked which books there are. */
  private boolean listing;

  /**
   * Begins to watch.
   *
   * @param books null for all, and those that come into being
   * @param after what has been seen
   */
  StoreLedgerStream(StoreReader store, @Nullable Set<String> books, Cut after) {
    this.store = store;
    this.lastSeqs = new HashMap<>(after.seqs());
    this.listing = books == null;
    // Watching begins before the first look, so no commit falls between the two.
    if (books == null) {
      watches.add(store.watchAll(this::announce));
    } else {
      for (String book : books) {
        watches.add(store.watch(book, () -> announce(book)));
        announce(book);
      }
    }
  }

  private void announce(String book) {
    lock.lock();
    try {
      line.add(book);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Item poll(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
    while (true) {
      String book = null;
      lock.lockInterruptibly();
      try {
        long left = deadline - System.nanoTime();
        while (page.isEmpty() && !listing && line.isEmpty() && !closed && left > 0) {
          left = changed.awaitNanos(left);
        }
        if (closed) {
          return null;
        }
        if (page.isEmpty() && !listing) {
          if (line.isEmpty()) {
            return null;
          }
          book = line.iterator().next();
          line.remove(book);
        }
      } finally {
        lock.unlock();
      }
      Event next = page.poll();
      if (next != null) {
        lastSeqs.put(pageBook, inOrder(next).seq());
        return new Happened(pageBook, next.published());
      }
      if (book == null) {
        list();
      } else if (!ended.contains(book)) {
        LedgerError end = readPage(book);
        if (end != null) {
          ended.add(book);
          return new Ended(book, end);
        }
      }
    }
  }

  private void list() {
    String after = null;
    do {
      Page<BookView, String> books = store.books(after, Limits.PAGE_LIMIT_MAX);
      books.items().forEach(book -> announce(book.book()));
      after = books.next();
    } while (after != null);
    listing = false;
  }

  /**
   * @return why the book is not to be read again, or null
   */
  private @Nullable LedgerError readPage(String book) {
    boolean lookAgain = true;
    try {
      long lastSeq = lastSeq(book);
      page.addAll(store.events(book, lastSeq, PAGE_EVENTS_MAX, PAGE_BYTES_MAX));
      pageBook = book;
      if (page.isEmpty()) {
        store.checkNotBeyondEnd(book, lastSeq);
        lookAgain = false;
      }
    } catch (LedgerException e) {
      if (isForGood(book, e.error())) {
        return e.error();
      }
      throw e;
    } finally {
      // There may be more behind a page, and no further wake-up for it. After a failure too: the
      // next call is to meet it again rather than wait for news that will not come.
      if (lookAgain) {
        announce(book);
      }
    }
    return null;
  }

  private boolean isForGood(String book, LedgerError error) {
    if (error instanceof CursorBeyondEnd) {
      return true;
    }
    Outage outage = store.health().of(book);
    return outage != null && outage.cause() == Outage.Cause.DAMAGE;
  }

  private long lastSeq(String book) {
    return lastSeqs.getOrDefault(book, 0L);
  }

  private Event inOrder(Event next) {
    if (next.seq() != lastSeq(pageBook) + 1) {
      throw new IllegalStateException(
          "The store broke off the sequence of book '%s': after seq %d came %d. Nothing was skipped; report this."
              .formatted(pageBook, lastSeq(pageBook), next.seq()));
    }
    return next;
  }

  @Override
  public void close() {
    watches.forEach(StoreReader.Watch::close);
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
