// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.TransactionDraft;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest events of all books, as a stream has brought them: what every projection is about to
 * ask for, and need not be sent again for each. Apart from {@link LedgerSource}, which knows where
 * events come from and nothing of how many may be held.
 *
 * <p>Bounded: the oldest go first, and a lane that has not read them asks for a page. Any thread.
 */
final class RecentEvents {
  /** Of an event without its postings and what its author wrote, in JSON, about. */
  private static final int BYTES_OF_EVENT = 250;

  private static final int BYTES_OF_POSTING = 100;

  private final int eventsMax;
  private final long bytesMax;

  /** All that is held, in the order in which it came. */
  private final Deque<Held> order = new ArrayDeque<>();

  /** The same by book, each without a gap. */
  private final Map<String, Deque<Held>> books = new HashMap<>();

  private long bytes;

  private record Held(String book, Event event, int bytes) {}

  RecentEvents(int eventsMax, long bytesMax) {
    this.eventsMax = eventsMax;
    this.bytesMax = bytesMax;
  }

  private static int bytes(Event event) {
    if (!(event.payload() instanceof TransactionPosted posted)) {
      return BYTES_OF_EVENT;
    }
    TransactionDraft draft = posted.draft();
    int written = draft.metadata() == null ? 0 : draft.metadata().text().length();
    int entries = draft.postings().size() + draft.externalRefs().size();
    return BYTES_OF_EVENT + BYTES_OF_POSTING * entries + written;
  }

  /** Takes the next event of a book. Behind a gap, what was held before it is let go. */
  synchronized void add(String book, Event event) {
    Held last = books.containsKey(book) ? books.get(book).peekLast() : null;
    if (last != null && last.event.seq() + 1 != event.seq()) {
      forget(book);
    }
    Held held = new Held(book, event, bytes(event));
    order.add(held);
    books.computeIfAbsent(book, name -> new ArrayDeque<>()).add(held);
    bytes += held.bytes;
    while (order.size() > eventsMax || (bytes > bytesMax && order.size() > 1)) {
      letGoOfOldest();
    }
  }

  private void letGoOfOldest() {
    Held oldest = order.remove();
    bytes -= oldest.bytes;
    Deque<Held> held = books.get(oldest.book);
    if (held != null) {
      held.remove();
      if (held.isEmpty()) {
        books.remove(oldest.book);
      }
    }
  }

  /** Lets go of a book. */
  synchronized void forget(String book) {
    if (books.remove(book) != null) {
      order.removeIf(held -> held.book.equals(book));
      bytes = order.stream().mapToLong(Held::bytes).sum();
    }
  }

  /** Lets go of everything. */
  synchronized void forgetAll() {
    order.clear();
    books.clear();
    bytes = 0;
  }

  /**
   * Events of a book behind a seq, in seq order; none if the next one is not held.
   *
   * @param most of them
   * @param bytesOfAll at most, but one event is given however large it is
   */
  synchronized List<Event> after(String book, long seq, int most, int bytesOfAll) {
    List<Event> found = new ArrayList<>();
    Deque<Held> all = books.get(book);
    if (all == null || all.getFirst().event.seq() > seq + 1) {
      return found;
    }
    long sum = 0;
    for (Held held : all) {
      if (held.event.seq() > seq) {
        sum += held.bytes;
        if (found.size() == most || (sum > bytesOfAll && !found.isEmpty())) {
          break;
        }
        found.add(held.event);
      }
    }
    return found;
  }
}
