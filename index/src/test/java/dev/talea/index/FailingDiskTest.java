// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.withExtras;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.Event;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.TransactionDraft;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Operation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What callers see when a disk fails or fills up under one book, and how it ends. */
class FailingDiskTest {
  private static final int PRECISION = 2;

  private SimulatedDisk disk = new SimulatedDisk(1);
  private LogLedgerStore store = SimulatedLedger.open(disk);

  @BeforeEach
  void openTheBooks() {
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of("sick", "well")) {
      store.openAccount(account(book, "cash", "EUR")).join();
      store.openAccount(account(book, "sales", "EUR")).join();
      post(book, "before");
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"FORCE", "WRITE"})
  void afterAFailedWriteOrSyncTheBookAcknowledgesNothingMore(Operation broken) {
    failOnce(broken);
    assertUnavailable(commit("sick", "in flight"));
    for (int i = 0; i < 5; i++) {
      assertUnavailable(commit("sick", "later " + i));
    }
    assertUnavailable(store.openAccount(account("sick", "new", "EUR")));
    assertEquals(Int128.of(1), balance("sick"), "reads go on from what is durable");
    assertEquals(3, store.reads().lastSeq("sick"));
    assertEquals(3, LedgerAudit.events(store.reads(), "sick").size());
    LedgerAudit.thorough(store.reads(), "sick", PRECISION, 5);

    post("well", "meanwhile");
    assertEquals(Int128.of(2), balance("well"), "the other book has not noticed");
    store.registerAsset(fiat("USD")).join();
    store.openAccount(account("third", "cash", "USD")).join();

    reopen();
    Map<String, Event> found = LedgerAudit.thorough(store.reads(), "sick", PRECISION, 5).byKey();
    boolean inFlightMadeIt = found.containsKey("in flight");
    for (int i = 0; i < 5; i++) {
      assertNull(found.get("later " + i));
    }
    Posted again = post("sick", "in flight");
    assertEquals(inFlightMadeIt, again.deduplicated(), "the key tells");
    assertEquals(Int128.of(2), balance("sick"));
    disk = disk.afterPowerLoss(7);
    store = SimulatedLedger.open(disk);
    LedgerAudit.of(store.reads(), "sick", PRECISION)
        .holds(move("sick", "in flight", "sales", "cash", 1, "EUR"), notAgain(again));
    LedgerAudit.of(store.reads(), "well", PRECISION);
  }

  private static Posted notAgain(Posted posted) {
    return new Posted(posted.txId(), posted.seq(), posted.at(), false);
  }

  @Test
  void whatTheFailedGroupWouldHaveChangedIsNeverSeen() {
    failOnce(Operation.FORCE);
    assertUnavailable(commit("sick", "in flight"));
    assertNull(
        store.reads().history(new AccountId("sick", "cash"), 3, 10, Integer.MAX_VALUE).next());
    assertEquals(
        0,
        store
            .reads()
            .history(new AccountId("sick", "cash"), 3, 10, Integer.MAX_VALUE)
            .items()
            .size());
    assertUnavailable(store.openAccount(account("sick", "new", "EUR")));
    LedgerError error =
        LedgerErrors.of(
            assertThrows(
                RuntimeException.class,
                () -> store.reads().balance(new AccountId("sick", "new"), null)));
    assertInstanceOf(LedgerError.UnknownAccount.class, error);
  }

  @Test
  void aFullDiskRefusesAndHealsByItself() {
    disk.setSpace(disk.usedSpace());
    int posted = 0;
    while (commit("sick", "fill " + posted).handle((ok, e) -> e == null).join()) {
      posted++; // into the space that was filled with zeros ahead
    }
    assertUnavailable(commit("sick", "full"));
    assertEquals(Int128.of(1 + posted), balance("sick"));
    assertUnavailable(store.openAccount(account("new book", "cash", "EUR")));
    LedgerAudit.thorough(store.reads(), "sick", PRECISION, 5);

    disk.setSpace(Long.MAX_VALUE);
    post("sick", "full");
    assertEquals(Int128.of(2 + posted), balance("sick"));
    store.openAccount(account("new book", "cash", "EUR")).join();
    assertEquals(1, store.reads().lastSeq("new book"));
    reopen();
    LedgerAudit.thorough(store.reads(), "sick", PRECISION, 5);
    assertEquals(posted + 4, store.reads().lastSeq("sick"));
  }

  @Test
  void aBatchThatMeetsAFullDiskHalfWayTellsWhatIsPostedAndWhatIsNot() {
    List<TransactionDraft> drafts = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      TransactionDraft plain = move("sick", "batch " + i, "sales", "cash", 1, "EUR");
      drafts.add(withExtras(plain, List.of(), "\"" + "x".repeat(3000) + "\"", null));
    }
    disk.setSpace(disk.usedSpace() + 90_000);
    List<PostResult> slots = store.commit("sick", drafts, false).join();
    int posted = 0;
    while (slots.get(posted) instanceof Posted) {
      posted++;
    }
    assertTrue(posted > 0 && posted < 100, "posted " + posted);
    for (PostResult slot : slots.subList(posted, 100)) {
      assertInstanceOf(Unavailable.class, ((Refused) slot).error());
    }
    LedgerAudit audit = LedgerAudit.thorough(store.reads(), "sick", PRECISION, 5);
    for (int i = 0; i < 100; i++) {
      assertEquals(i < posted, audit.byKey().containsKey("batch " + i), "draft " + i);
    }

    // Still full: what is posted is told again, without room for anything new.
    List<PostResult> known = store.commit("sick", drafts, false).join();
    assertEquals(slots.subList(posted, 100), known.subList(posted, 100));
    for (int i = 0; i < posted; i++) {
      assertTrue(((Posted) known.get(i)).deduplicated());
    }

    assertUnavailable(store.commit("sick", drafts.subList(posted, 100), true));
    disk.setSpace(Long.MAX_VALUE);
    List<PostResult> again = store.commit("sick", drafts, false).join();
    for (int i = 0; i < 100; i++) {
      assertEquals(i < posted, ((Posted) again.get(i)).deduplicated());
    }
    LedgerAudit.thorough(store.reads(), "sick", PRECISION, 5);
  }

  @Test
  void aBookThatCannotBeCreatedIsAsIfItHadNotBeenTried() {
    for (int n = 1; n < 60; n++) {
      int failing = n;
      int[] seen = {0};
      disk.setFault(
          (operation, file) ->
              file.toString().contains("newborn") && ++seen[0] == failing
                  ? new IOException("Input/output error (injected)")
                  : null);
      CompletableFuture<Void> opening = store.openAccount(account("newborn" + n, "a", "EUR"));
      boolean failed = opening.handle((ok, e) -> e != null).join();
      disk.setFault(SimulatedDisk.Fault.NONE);
      if (failed) {
        assertUnavailable(opening);
      }
      reopen();
      store.openAccount(account("newborn" + n, "a", "EUR")).join();
      assertEquals(
          1, store.reads().lastSeq("newborn" + n), "created at the second attempt, fault " + n);
      if (!failed) {
        return; // no more operations to break
      }
    }
    throw new AssertionError("creating a book takes more than 60 operations");
  }

  private void failOnce(Operation broken) {
    boolean[] done = {false};
    disk.setFault(
        (operation, file) -> {
          if (operation == broken && file.toString().contains("sick") && !done[0]) {
            done[0] = true;
            return new IOException("Input/output error (injected)");
          }
          return null;
        });
  }

  /** The same machine, with the process started again. */
  private void reopen() {
    store.close();
    disk.setFault(SimulatedDisk.Fault.NONE);
    disk = disk.afterProcessDeath();
    store = SimulatedLedger.open(disk);
  }

  private Posted post(String book, String key) {
    return (Posted) commit(book, key).join().get(0);
  }

  private CompletableFuture<List<PostResult>> commit(String book, String key) {
    return store.commit(book, List.of(move(book, key, "sales", "cash", 1, "EUR")), false);
  }

  private Int128 balance(String book) {
    return store.reads().balance(new AccountId(book, "cash"), null).effective();
  }

  private static void assertUnavailable(CompletableFuture<?> answer) {
    CompletionException e = assertThrows(CompletionException.class, answer::join);
    Unavailable error = assertInstanceOf(Unavailable.class, LedgerErrors.of(e));
    assertNotNull(error.reason());
  }
}
