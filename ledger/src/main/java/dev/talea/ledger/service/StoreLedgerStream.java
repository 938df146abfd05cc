// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Follows books of a store in process: an {@link EventFeed} whose reader is a thread that waits.
 * Holds at most one page of events; what the writers do meanwhile stays in the store until it is
 * asked for.
 *
 * <p>One reader thread; the feed's calls come from the store's threads and hold the lock for two
 * assignments. The lock is not held while the store is read.
 */
final class StoreLedgerStream implements LedgerStream {
  private static final int PAGE_EVENTS_MAX = 256;
  private static final int PAGE_BYTES_MAX = 256 * 1024;

  private final StoreReader store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final EventFeed feed;

  /** Guarded by {@link #lock}: the feed may have a turn to give. */
  private boolean news = true;

  /** Guarded by {@link #lock}. */
  private boolean closed;

  // Everything below is the reader's.
  private final Queue<Event> page = new ArrayDeque<>();

  /** The book that the page is of. */
  private EventFeed.@Nullable Turn turn;

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
    this.listing = books == null;
    this.feed = new EventFeed(store, books, after.seqs(), book -> true, () -> setNews(true));
  }

  private void setNews(boolean now) {
    lock.lock();
    try {
      news = now;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Item poll(Duration timeout) throws InterruptedException {
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
      } finally {
        lock.unlock();
      }
      Event next = page.poll();
      EventFeed.Turn of = turn;
      if (next != null && of != null) {
        of.took(inOrder(of, next).seq());
        return new Happened(of.book(), next.published());
      }
      Ended end = look();
      if (end != null) {
        return end;
      }
    }
  }

  /**
   * Reads a page of the book whose turn it is, if any has news.
   *
   * @return the end of that book, or null
   */
  private @Nullable Ended look() {
    if (listing) {
      list();
    }
    setNews(false); // before the feed is asked: it calls again for what comes from now on
    turn = feed.next();
    if (turn == null) {
      return null;
    }
    setNews(true); // others may wait behind it
    return readPage(turn);
  }

  private void list() {
    String after = null;
    do {
      Page<BookView, String> books = store.books(after, Limits.PAGE_LIMIT_MAX);
      books.items().forEach(book -> feed.announce(book.book()));
      after = books.next();
    } while (after != null);
    listing = false;
  }

  private @Nullable Ended readPage(EventFeed.Turn book) {
    boolean lookAgain = true;
    try {
      page.addAll(store.events(book.book(), book.lastSeq(), PAGE_EVENTS_MAX, PAGE_BYTES_MAX));
      if (page.isEmpty()) {
        store.checkNotBeyondEnd(book.book(), book.lastSeq());
        lookAgain = false;
      }
    } catch (LedgerException e) {
      if (book.endsAlone(e.error())) {
        return new Ended(book.book(), e.error());
      }
      throw e;
    } finally {
      // There may be more behind a page, and no further wake-up for it. After a failure too: the
      // next call is to meet it again rather than wait for news that will not come.
      if (lookAgain) {
        book.again();
      }
    }
    return null;
  }

  private static Event inOrder(EventFeed.Turn book, Event next) {
    if (next.seq() != book.lastSeq() + 1) {
      throw new IllegalStateException(
          "The store broke off the sequence of book '%s': after seq %d came %d. Nothing was skipped; report this."
              .formatted(book.book(), book.lastSeq(), next.seq()));
    }
    return next;
  }

  @Override
  public void close() {
    feed.close();
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
