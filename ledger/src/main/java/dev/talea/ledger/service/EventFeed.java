// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.CursorBeyondEnd;
import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows books for one subscriber: keeps the last seq of each, knows which have news, and says
 * whose turn it is to be read. Books with news wait in a line and get one page each in turn, so a
 * busy one does not keep the others waiting. What a page is and where it goes is the subscriber's:
 * {@link StoreEventStream} hands events to a thread that waits, the server writes frames to a
 * connection.
 *
 * <p>Belongs to one reader, which calls {@link #next} and the turn that it got, one thread at a
 * time. The store's wake-ups come from its own threads; they leave a name in a set and call the
 * reader once until it looks:
 *
 * <pre>
 *   in no line --(news)--> in line --(next)--> being read --(again)--> in line
 *       ^                                          |
 *       +-------------------(nothing new)----------+
 * </pre>
 *
 * <p>A wake-up between a read and its return is not lost: the name is in the set, and the set is
 * looked at before the next turn. The set has a lock and is no concurrent one, because the lock
 * orders a wake-up against the store's publication of what it announces, however weakly the store
 * publishes: either the reader's next look comes after it, or the name is still there.
 */
public final class EventFeed implements AutoCloseable {
  private final StoreReader store;
  private final Map<String, Long> positions;
  private final Predicate<String> wanted;
  private final Runnable onNews;
  private final List<StoreReader.Watch> watches = new ArrayList<>();

  /** Guards the two below. */
  private final Object lock = new Object();

  /** Books with news that the reader has not seen; at most a name a book. */
  private final Set<String> advanced = new HashSet<>();

  /** Whether the reader has been called and has not looked since. */
  private boolean called;

  // Everything below belongs to the reader.
  private final Map<String, Turn> turns = new HashMap<>();
  private final ArrayDeque<Turn> line = new ArrayDeque<>();

  /**
   * Begins to watch, before the first look, so that no commit falls between the two.
   *
   * @param books their names; null for every book there is and those that come into being
   * @param positions the last seq seen of each; a book that is not in it is followed from its start
   * @param wanted passes over books that are not named
   * @param onNews called by any thread when it is time to call {@link #next}; must not block
   */
  EventFeed(
      StoreReader store,
      @Nullable Set<String> books,
      Map<String, Long> positions,
      Predicate<String> wanted,
      Runnable onNews) {
    this.store = store;
    this.positions = positions;
    this.wanted = wanted;
    this.onNews = onNews;
    boolean begun = false;
    try {
      if (books == null) {
        watches.add(store.watchAll(this::announce));
      } else {
        for (String book : books) {
          watches.add(store.watch(book, () -> announce(book)));
          line(book);
        }
      }
      begun = true;
    } finally {
      if (!begun) {
        close();
      }
    }
  }

  /**
   * There may be news of a book. Many commits before the next look cost one call.
   *
   * <p>Any thread.
   */
  public void announce(String book) {
    boolean call;
    synchronized (lock) {
      call = advanced.add(book) && !called;
      called |= call;
    }
    if (call) {
      onNews.run();
    }
  }

  /** The book to be read now; null if none has news, and then the reader is called when one has. */
  public @Nullable Turn next() {
    List<String> news = List.of();
    synchronized (lock) {
      called = false;
      if (!advanced.isEmpty()) {
        news = List.copyOf(advanced);
        advanced.clear();
      }
    }
    news.forEach(this::line);
    Turn turn = line.poll();
    if (turn != null) {
      turn.inLine = false;
    }
    return turn;
  }

  private void line(String book) {
    Turn turn = turns.get(book);
    if (turn == null) {
      if (!wanted.test(book)) {
        return;
      }
      turn = new Turn(book, positions.getOrDefault(book, 0L));
      turns.put(book, turn);
    }
    turn.again();
  }

  /** Ends the watching. */
  @Override
  public void close() {
    watches.forEach(StoreReader.Watch::close);
  }

  /** A book that is followed: where it stands, and what became of its turn. */
  public final class Turn {
    private final String book;
    private long lastSeq;
    private boolean inLine;
    private boolean over;

    private Turn(String book, long lastSeq) {
      this.book = book;
      this.lastSeq = lastSeq;
    }

    public String book() {
      return book;
    }

    /** What follows this is to be read. */
    public long lastSeq() {
      return lastSeq;
    }

    /** The subscriber has all events up to this seq. */
    public void took(long seq) {
      lastSeq = seq;
    }

    /** There may be more, and no wake-up for it: it comes again when the others had their turn. */
    public void again() {
      if (!inLine && !over) {
        inLine = true;
        line.add(this);
      }
    }

    /**
     * Reading it failed: whether that concerns this book alone, which then gets no more turns. A
     * book that holds another history, or is damaged, cannot be followed any further; whatever else
     * goes wrong may be over when the subscriber comes back with his positions.
     */
    public boolean endsAlone(LedgerError error) {
      Outage outage = store.health().of(book);
      over =
          error instanceof CursorBeyondEnd
              || (outage != null && outage.cause() == Outage.Cause.DAMAGE);
      return over;
    }
  }
}
