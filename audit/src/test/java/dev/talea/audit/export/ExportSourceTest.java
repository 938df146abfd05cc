// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.ForwardingReader;
import dev.talea.ledger.conformance.InMemoryStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An export that cannot be whole is an error. */
class ExportSourceTest {
  private static StoreReader ledger() {
    InMemoryStore store = new InMemoryStore(() -> Instant.parse("2026-01-01T00:00:00Z"));
    store.registerAsset(Drafts.fiat("EUR")).join();
    for (String path : List.of("p", "q", "r")) {
      store.openAccount(Drafts.account("b", path, "EUR")).join();
    }
    return store.reads();
  }

  /** A ledger that has a book of which it cannot tell anything. */
  private static final class Damaged extends ForwardingReader {
    private static final BookView BOOK =
        new BookView("broken", 0, null, 0, "its files are damaged");

    Damaged(StoreReader ledger) {
      super(ledger);
    }

    @Override
    public Page<BookView, String> books(@Nullable String after, int limit) {
      Page<BookView, String> page = super.books(after, limit);
      List<BookView> items = new ArrayList<>(page.items());
      items.add(BOOK);
      return new Page<>(items, page.next());
    }

    @Override
    public @Nullable BookView book(String name) {
      return name.equals("broken") ? BOOK : super.book(name);
    }
  }

  /** A ledger that has lost the end of its books, or an event in the middle. */
  private static final class Shorter extends ForwardingReader {
    private final long lost;

    Shorter(StoreReader ledger, long lost) {
      super(ledger);
      this.lost = lost;
    }

    @Override
    public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
      return super.events(book, afterSeq, limit, bytesMax).stream()
          .filter(event -> lost == 0 ? event.seq() < 3 : event.seq() != lost)
          .toList();
    }
  }

  @Test
  void aBookThatCannotBeReadIsNotLeftOut() {
    StoreReader damaged = new Damaged(ledger());
    ExportException e = assertThrows(ExportException.class, () -> ExportSource.allOf(damaged));
    assertEquals(
        "Book 'broken' cannot be read (its files are damaged); an export without it would not be the"
            + " ledger. Name the books one by one with --book to export those that can be read.",
        e.getMessage());
    assertThrows(ExportException.class, () -> ExportSource.book(damaged, "broken"));
    assertEquals(3, ExportSource.book(damaged, "b").lastSeq("b"));
  }

  @Test
  void anEndOrAnEventThatIsMissingIsNoShorterExport() {
    ExportSource ended = ExportSource.allOf(new Shorter(ledger(), 0));
    ExportException e =
        assertThrows(ExportException.class, () -> LedgerDigest.of(ended, book -> {}));
    assertEquals(
        "Book 'b' ends at seq 2, and it ended at seq 3 when the export began.", e.getMessage());
    ExportSource holed = ExportSource.allOf(new Shorter(ledger(), 2));
    e = assertThrows(ExportException.class, () -> LedgerDigest.of(holed, book -> {}));
    assertEquals("Book 'b' has seq 3 where seq 2 is expected.", e.getMessage());
  }
}
