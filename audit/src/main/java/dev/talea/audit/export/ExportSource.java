// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The events that an export is of: a store, a cut through it that was taken once, and which books.
 * Apart from the formats because it makes sure that each of them gets every event: a book that
 * cannot be read, or a page that ends too early, is an error and not a shorter export.
 *
 * <p>Immutable; each walk belongs to the thread that calls it.
 */
public final class ExportSource {
  /** What is done with each event. */
  interface Visitor {
    /**
     * The next event of the book.
     *
     * @return whether to go on
     */
    boolean visit(Event event) throws IOException;
  }

  private final StoreReader store;
  private final Cut cut;
  private final List<String> books;

  private ExportSource(StoreReader store, Cut cut, List<String> books) {
    this.store = store;
    this.cut = cut;
    this.books = List.copyOf(books);
  }

  /**
   * All books of a store as they are now, {@code _system} first.
   *
   * @throws ExportException if a book cannot be read
   */
  public static ExportSource allOf(StoreReader store) {
    Cut cut = store.cut();
    List<String> books = new ArrayList<>();
    if (cut.seqOf(DraftRules.SYSTEM_BOOK) > 0) {
      books.add(DraftRules.SYSTEM_BOOK);
    }
    for (String book : cut.seqs().keySet()) {
      if (!book.equals(DraftRules.SYSTEM_BOOK)) {
        books.add(book);
      }
    }
    refuseUnreadable(store, cut);
    return new ExportSource(store, cut, books);
  }

  /**
   * One book of a store as it is now.
   *
   * @throws ExportException if there is none, or it cannot be read
   */
  public static ExportSource book(StoreReader store, String book) {
    Cut cut = store.cut();
    if (cut.seqOf(book) == 0) {
      BookView view = store.book(book);
      throw view == null
          ? new ExportException("There is no book '" + book + "' in this ledger.")
          : unreadable(view);
    }
    return new ExportSource(store, cut, List.of(book));
  }

  /** One book of a store as it was at a seq that it has. */
  static ExportSource upTo(StoreReader store, String book, long seq) {
    Cut cut = seq == 0 ? Cut.START : Cut.of(Map.of(book, seq));
    return new ExportSource(store, cut, List.of(book));
  }

  /** A cut leaves out books of which the store cannot tell. */
  private static void refuseUnreadable(StoreReader store, Cut cut) {
    String after = null;
    do {
      Page<BookView, String> page = store.books(after, Limits.PAGE_LIMIT_MAX);
      for (BookView view : page.items()) {
        if (view.unavailable() != null && cut.seqOf(view.book()) == 0) {
          throw unreadable(view);
        }
      }
      after = page.next();
    } while (after != null);
  }

  private static ExportException unreadable(BookView view) {
    return new ExportException(
        "Book '"
            + view.book()
            + "' cannot be read ("
            + view.unavailable()
            + "); an export without it would not be the ledger. Name the books one by one with"
            + " --book to export those that can be read.");
  }

  /** The books that are exported, in the order of the export. */
  public List<String> books() {
    return books;
  }

  /** The last seq of a book that belongs to the export; of other books, what the cut holds. */
  public long lastSeq(String book) {
    return cut.seqOf(book);
  }

  /** The store, for what is asked of it at a seq. */
  StoreReader store() {
    return store;
  }

  /** The events of a book up to the cut, in seq order, from the first. */
  void forEach(String book, Visitor visitor) throws IOException {
    long end = cut.seqOf(book);
    long seq = 0;
    while (seq < end) {
      List<Event> page = store.events(book, seq, end, Limits.PAGE_LIMIT_MAX, Limits.PAGE_BYTES_MAX);
      if (page.isEmpty()) {
        throw new ExportException(
            "Book '%s' ends at seq %d, and it ended at seq %d when the export began."
                .formatted(book, seq, end));
      }
      for (Event event : page) {
        if (event.seq() != seq + 1) {
          throw new ExportException(
              "Book '%s' has seq %d where seq %d is expected."
                  .formatted(book, event.seq(), seq + 1));
        }
        seq = event.seq();
        if (!visitor.visit(event)) {
          return;
        }
      }
    }
  }
}
