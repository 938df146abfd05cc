// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Goes over a book as an auditor would: reads all its events, and holds every other answer of the
 * store against what follows from them.
 */
final class LedgerAudit {
  private static final int PAGE_EVENTS = 100;
  private static final int PAGE_BYTES = 16 * 1024;

  private final StoreReader store;
  private final String book;
  private final int precision;
  private final List<Event> events;
  private final Map<String, Event> byKey = new HashMap<>();

  private LedgerAudit(StoreReader store, String book, int precision) {
    this.store = store;
    this.book = book;
    this.precision = precision;
    this.events = events(store, book);
  }

  /** All durable events of a book. */
  static List<Event> events(StoreReader store, String book) {
    List<Event> events = new ArrayList<>();
    List<Event> page;
    do {
      page = store.events(book, events.size(), PAGE_EVENTS, PAGE_BYTES);
      events.addAll(page);
    } while (!page.isEmpty());
    return events;
  }

  /** Checks that seqs are dense, keys unique, and current balances and totals right. */
  static LedgerAudit of(StoreReader store, String book, int precision) {
    LedgerAudit audit = new LedgerAudit(store, book, precision);
    audit.events();
    audit.balances(audit.fold(Integer.MAX_VALUE), null);
    return audit;
  }

  /** As {@link #of}, and every transaction, every history and the past at some moments. */
  static LedgerAudit thorough(StoreReader store, String book, int precision, int moments) {
    LedgerAudit audit = of(store, book, precision);
    audit.transactions();
    audit.histories();
    int step = Math.max(1, audit.events.size() / moments);
    for (int i = 0; i < audit.events.size(); i += step) {
      audit.past(audit.events.get(i).at());
      audit.past(audit.events.get(i).at().minusNanos(1));
    }
    return audit;
  }

  /** Every commit that was acknowledged is there, once, as it was acknowledged and drafted. */
  void holds(TransactionDraft draft, Posted receipt) {
    Event event = byKey.get(draft.idempotencyKey());
    assertNotNull(event, () -> "lost: acknowledged " + receipt + " of " + draft);
    assertEquals(receipt.seq(), event.seq(), draft::toString);
    assertEquals(receipt.at(), event.at());
    assertEquals(new TransactionPosted(receipt.txId(), draft), event.payload());
  }

  /** The event that holds this key, or none. */
  Map<String, Event> byKey() {
    return byKey;
  }

  int size() {
    return events.size();
  }

  private void events() {
    assertEquals(events.size(), store.lastSeq(book), "events and last seq of " + book);
    Instant last = Instant.MIN;
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      assertEquals(i + 1, event.seq(), "seqs of " + book + " have a gap");
      assertFalse(event.at().isBefore(last), () -> "commit time went back: " + event);
      last = event.at();
      if (event.payload() instanceof TransactionPosted posted) {
        Event before = byKey.put(posted.draft().idempotencyKey(), event);
        assertNull(before, () -> "posted twice: " + before + " and " + event);
      }
    }
  }

  private Fold fold(int count) {
    Fold fold = new Fold(book, precision);
    events.subList(0, Math.min(count, events.size())).forEach(fold::apply);
    return fold;
  }

  private void balances(Fold fold, @Nullable Instant asOf) {
    for (AccountId account : fold.accounts()) {
      assertEquals(fold.balance(account, asOf), store.balance(account, asOf));
    }
    assertEquals(fold.trialBalance(asOf), store.trialBalance(book, asOf));
  }

  private void past(Instant moment) {
    int count = 0;
    while (count < events.size() && !events.get(count).at().isAfter(moment)) {
      count++;
    }
    balances(fold(count), moment);
  }

  private void transactions() {
    for (Event event : events) {
      if (event.payload() instanceof TransactionPosted posted) {
        TransactionView view = store.transaction(posted.id());
        assertNotNull(view, () -> "not found by id: " + event);
        assertEquals(event.seq(), view.seq());
        assertEquals(event.at(), view.at());
        assertEquals(posted.draft().externalRefs(), view.externalRefs());
        assertEquals(posted.draft().metadata(), view.metadata());
        assertEquals(posted.draft().postings().size(), view.postings().size());
      }
    }
  }

  private void histories() {
    Fold fold = fold(Integer.MAX_VALUE);
    for (AccountId account : fold.accounts()) {
      for (int limit : new int[] {1, 3, 1000}) {
        assertEquals(fold.history(account), history(account, limit));
      }
    }
  }

  private List<PostingView> history(AccountId account, int limit) {
    List<PostingView> items = new ArrayList<>();
    long after = 0;
    while (true) {
      HistoryPage page = store.history(account, after, limit, Integer.MAX_VALUE);
      items.addAll(page.items());
      long transactions = page.items().stream().mapToLong(PostingView::seq).distinct().count();
      assertTrue(transactions <= limit, "more than " + limit + " transactions on a page");
      if (page.next() == null) {
        return items;
      }
      after = page.next();
    }
  }
}
