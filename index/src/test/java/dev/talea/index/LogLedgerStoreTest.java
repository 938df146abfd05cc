// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.credit;
import static dev.talea.ledger.conformance.Drafts.debit;
import static dev.talea.ledger.conformance.Drafts.draft;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.LogLockedException;
import dev.talea.log.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What this store does beyond what every store does. */
class LogLedgerStoreTest {
  private static final String BOOK = "b";

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private LogLedgerStore store = SimulatedLedger.open(disk);

  @BeforeEach
  void openTheBook() {
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "a", "EUR")).join();
    store.openAccount(account(BOOK, "b", "EUR")).join();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void anAtomicBatchOfManyGroupsAndSegmentsIsOneBlock() {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      TransactionDraft plain = move(BOOK, "k" + i, "a", "b", 1, "EUR");
      drafts.add(withExtras(plain, List.of(), "\"" + "x".repeat(2000) + "\"", null));
    }
    List<PostResult> results = store.commit(BOOK, drafts, true).join();
    for (int i = 0; i < 300; i++) {
      Posted posted = assertInstanceOf(Posted.class, results.get(i));
      assertEquals(3 + i, posted.seq());
      assertEquals(((Posted) results.get(0)).at(), posted.at(), "one commit, one time");
    }
    store.close();
    store = SimulatedLedger.open(disk);
    LedgerAudit.thorough(store.reads(), BOOK, 2, 3);
  }

  @Test
  void anAtomicBatchBeyondTheLimitIsRefusedWhole() {
    String metadata = "\"" + "x".repeat(65_000) + "\"";
    List<TransactionDraft> drafts =
        moves(BOOK, "k", "a", "b", 260, "EUR").stream()
            .map(plain -> withExtras(plain, List.of(), metadata, null))
            .toList();
    for (PostResult slot : store.commit(BOOK, drafts, true).join()) {
      assertEquals("body", ((InvalidDraft) ((Refused) slot).error()).field());
    }
    assertEquals(2, store.reads().lastSeq(BOOK));
    store.commit(BOOK, drafts.subList(0, 100), true).join().forEach(PostResult::orThrow);
    assertEquals(102, store.reads().lastSeq(BOOK));
  }

  /** Otherwise the book could be written, but never opened again. */
  @Test
  void whatTheRulesHaveNotSeenIsNotWritten() {
    TransactionDraft unbalanced = draft(BOOK, "k", debit("a", 2, "EUR"), credit("b", 1, "EUR"));
    TransactionDraft elsewhere = move("other", "k", "a", "b", 1, "EUR");
    for (TransactionDraft draft : List.of(unbalanced, elsewhere)) {
      assertThrows(IllegalArgumentException.class, () -> store.commit(BOOK, List.of(draft), false));
    }
    assertThrows(
        IllegalArgumentException.class, () -> store.openAccount(account("_system", "a", "EUR")));
    assertThrows(IllegalArgumentException.class, () -> store.registerAsset(fiat("")));
    assertEquals(2, store.reads().lastSeq(BOOK));
  }

  /** A part of the batch becomes durable, and visible, with each block. */
  @Test
  void watchersHearOfEveryBlockOfALongBatch() {
    List<Long> heard = new CopyOnWriteArrayList<>();
    try (StoreReader.Watch watch =
        store.reads().watch(BOOK, () -> heard.add(store.reads().lastSeq(BOOK)))) {
      assertTrue(watch != null);
      store.commit(BOOK, moves(BOOK, "k", "a", "b", 200, "EUR"), false).join();
      store.commit(BOOK, List.of(move(BOOK, "after", "a", "b", 1, "EUR")), false).join();
    }
    assertTrue(heard.size() > 3, () -> "heard " + heard);
    assertTrue(heard.contains(202L), () -> "heard " + heard);
    for (int i = 1; i < heard.size(); i++) {
      assertTrue(heard.get(i) > heard.get(i - 1), () -> "told without an advance: " + heard);
    }
  }

  @Test
  void aWatcherThatThrowsHurtsNoOther() {
    AtomicLong calls = new AtomicLong();
    try (StoreReader.Watch bad =
            store
                .reads()
                .watch(
                    BOOK,
                    () -> {
                      throw new IllegalStateException("a watcher with a fault");
                    });
        StoreReader.Watch good = store.reads().watch(BOOK, calls::incrementAndGet)) {
      assertTrue(bad != good);
      for (int i = 0; i < 3; i++) {
        store.commit(BOOK, List.of(move(BOOK, "k" + i, "a", "b", 1, "EUR")), false).join();
      }
    }
    store.commit(BOOK, List.of(move(BOOK, "k4", "a", "b", 1, "EUR")), false).join();
    assertEquals(6, store.reads().lastSeq(BOOK));
    assertTrue(calls.get() >= 2, "told " + calls);
  }

  @Test
  void aClosedLedgerSaysSoAndClosingTwiceIsFine() {
    store.close();
    store.close();
    assertUnavailable(store.commit(BOOK, List.of(move(BOOK, "k", "a", "b", 1, "EUR")), false));
    assertUnavailable(store.openAccount(account(BOOK, "c", "EUR")));
    assertUnavailable(store.openAccount(account("another book", "c", "EUR")));
    assertUnavailable(store.registerAsset(fiat("USD")));
  }

  private static void assertUnavailable(CompletableFuture<?> answer) {
    LedgerError error = LedgerErrors.of(assertThrows(CompletionException.class, answer::join));
    assertInstanceOf(Unavailable.class, error);
  }

  @Test
  void theSameDirectoryIsNotOpenedTwice() {
    LogLockedException e = assertThrows(LogLockedException.class, () -> SimulatedLedger.open(disk));
    assertTrue(String.valueOf(e.getMessage()).contains("/data/talea"), e::toString);
    store.close();
    store = SimulatedLedger.open(disk);
    assertEquals(2, store.reads().lastSeq(BOOK));
  }
}
