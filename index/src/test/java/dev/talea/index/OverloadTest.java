// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The queue in front of a book's writer, with the writer held up in a sync. */
class OverloadTest {
  private static final int DEPTH = 3;
  private static final String BOOK = "b";

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final CountDownLatch syncing = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @Test
  void aFullQueueRefusesAtOnceAndTheRefusedLeavesNoTrace() throws InterruptedException {
    try (LogLedgerStore store = open()) {
      holdUpTheNextSync();
      List<CompletableFuture<List<PostResult>>> admitted = new ArrayList<>();
      admitted.add(post(store, "in the sync"));
      syncing.await();
      for (int i = 0; i < DEPTH; i++) {
        admitted.add(post(store, "waiting " + i));
      }
      CompletableFuture<List<PostResult>> refused = post(store, "one too many");
      CompletableFuture<List<PostResult>> batch =
          store.commit(BOOK, moves(BOOK, "two too many ", "a", "b", 2, "EUR"), true);
      assertOverloaded(refused);
      assertOverloaded(batch);
      assertTrue(admitted.stream().noneMatch(CompletableFuture::isDone));
      release.countDown();
      for (int i = 0; i < admitted.size(); i++) {
        assertEquals(3 + i, ((Posted) admitted.get(i).join().get(0)).seq());
      }
      assertFalse(LedgerAudit.of(store.reads(), BOOK, 2).byKey().containsKey("one too many"));
      post(store, "one too many").join();
      assertEquals(3 + DEPTH + 1, store.reads().lastSeq(BOOK));
    }
  }

  @Test
  void aBatchLargerThanTheQueueIsAdmittedWholeWhenNothingWaits() {
    try (LogLedgerStore store = open()) {
      List<PostResult> results =
          store.commit(BOOK, moves(BOOK, "k", "a", "b", 500, "EUR"), false).join();
      results.forEach(result -> assertInstanceOf(Posted.class, result));
      assertEquals(502, store.reads().lastSeq(BOOK));
    }
  }

  private LogLedgerStore open() {
    LogLedgerStore store =
        SimulatedLedger.open(disk, SimulatedLedger.SETTINGS.withQueueWeightMax(DEPTH));
    store.registerAsset(fiat("EUR")).join();
    store.openAccount(account(BOOK, "a", "EUR")).join();
    store.openAccount(account(BOOK, "b", "EUR")).join();
    return store;
  }

  private void holdUpTheNextSync() {
    disk.setFault(
        (operation, file) -> {
          if (operation == Operation.FORCE && syncing.getCount() > 0) {
            syncing.countDown();
            awaitUninterruptibly(release);
          }
          return null;
        });
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError("a writer must not be interrupted", e);
    }
  }

  private static CompletableFuture<List<PostResult>> post(LogLedgerStore store, String key) {
    return store.commit(BOOK, List.of(move(BOOK, key, "a", "b", 1, "EUR")), false);
  }

  private static void assertOverloaded(CompletableFuture<?> answer) {
    assertTrue(answer.isDone(), "a refusal does not wait");
    LedgerError error = LedgerErrors.of(assertThrows(CompletionException.class, answer::join));
    assertEquals(new Overloaded(Overloaded.Limit.WRITE_QUEUE), error);
  }
}
