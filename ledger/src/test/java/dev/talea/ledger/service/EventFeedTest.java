// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.Outage;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.conformance.InMemoryStore;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Books take turns, no wake-up is lost, and many of them are one call. */
class EventFeedTest {
  private final InMemoryStore store = new InMemoryStore();
  private final AtomicInteger calls = new AtomicInteger();

  private EventFeed feed(@Nullable Set<String> books, Map<String, Long> positions) {
    return new EventFeed(
        store, books, positions, book -> !book.equals("secret"), calls::incrementAndGet);
  }

  private static Set<String> ordered(String... books) {
    return new LinkedHashSet<>(List.of(books));
  }

  private static EventFeed.Turn next(EventFeed feed) {
    EventFeed.Turn turn = feed.next();
    assertNotNull(turn);
    return turn;
  }

  private static List<String> booksInTurn(EventFeed feed) {
    List<String> books = new ArrayList<>();
    for (EventFeed.Turn turn = feed.next(); turn != null; turn = feed.next()) {
      books.add(turn.book());
    }
    return books;
  }

  @Test
  void namedBooksAreReadOnceWithoutNewsFromTheirPositions() {
    try (EventFeed feed = feed(ordered("a", "b"), Map.of("b", 7L))) {
      assertEquals(0, next(feed).lastSeq());
      EventFeed.Turn b = next(feed);
      assertEquals("b", b.book());
      assertEquals(7, b.lastSeq());
      assertNull(feed.next());
      assertEquals(0, calls.get());
    }
  }

  @Test
  void aBookThatHasMoreWaitsBehindTheOthers() {
    try (EventFeed feed = feed(ordered("a", "b", "c"), Map.of())) {
      EventFeed.Turn a = next(feed);
      a.took(5);
      a.again();
      a.again();
      assertEquals(List.of("b", "c", "a"), booksInTurn(feed));
      assertEquals(5, a.lastSeq());
    }
  }

  @Test
  void manyWakeUpsAreOneCallUntilTheReaderLooks() {
    try (EventFeed feed = feed(null, Map.of())) {
      assertNull(feed.next());
      for (int i = 0; i < 100; i++) {
        feed.announce("a");
        feed.announce("b");
      }
      assertEquals(1, calls.get());
      assertEquals(Set.of("a", "b"), Set.copyOf(booksInTurn(feed)));
      feed.announce("a");
      assertEquals(2, calls.get());
    }
  }

  @Test
  void aWakeUpDuringAReadBringsAnotherTurn() {
    try (EventFeed feed = feed(Set.of("a"), Map.of())) {
      EventFeed.Turn reading = next(feed);
      feed.announce("a");
      assertEquals(1, calls.get());
      assertEquals(reading, feed.next());
      assertNull(feed.next());
    }
  }

  @Test
  void ofAllBooksThoseThatAreNotWantedArePassedOver() {
    try (EventFeed feed = feed(null, Map.of())) {
      feed.announce("secret");
      feed.announce("a");
      assertEquals(List.of("a"), booksInTurn(feed));
    }
  }

  @Test
  void theStoreAnnouncesWhatIsCommittedUntilTheFeedIsClosed() {
    EventFeed feed = feed(Set.of("b"), Map.of());
    assertEquals("b", next(feed).book());
    store.registerAsset(Drafts.fiat("USD")).join();
    store.openAccount(Drafts.account("b", "x", "USD")).join();
    assertEquals(List.of("b"), booksInTurn(feed));
    feed.close();
    int before = calls.get();
    store.openAccount(Drafts.account("b", "y", "USD")).join();
    assertEquals(before, calls.get());
  }

  @Test
  void aBookWithAnotherHistoryOrDamageEndsAloneAndGetsNoMoreTurns() {
    try (EventFeed feed = feed(ordered("a", "b", "c"), Map.of())) {
      EventFeed.Turn a = next(feed);
      assertTrue(a.endsAlone(new LedgerError.CursorBeyondEnd(3)));
      feed.announce("a");
      EventFeed.Turn b = next(feed);
      assertFalse(b.endsAlone(new LedgerError.Unavailable("passing")));
      store.health().down("b", Outage.of(Outage.Cause.DAMAGE, "damaged"));
      assertTrue(b.endsAlone(new LedgerError.Unavailable("damaged")));
      assertEquals(List.of("c"), booksInTurn(feed));
    }
  }
}
