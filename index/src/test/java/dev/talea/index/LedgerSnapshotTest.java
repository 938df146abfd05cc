// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.StoreReader;
import dev.talea.log.LogEnvironment;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A ledger seen from its files says what its store says, on a disk that cannot be written. */
class LedgerSnapshotTest {
  private static final List<String> BOOKS = List.of("a", "b", "книга / ..");

  private final SimulatedDisk disk = new SimulatedDisk(7);

  private LedgerSnapshot look() {
    return look(book -> true);
  }

  private LedgerSnapshot look(Predicate<String> wanted) {
    LogEnvironment environment = SimulatedLedger.environment(disk).withDisk(ReadOnlyDisk.of(disk));
    return LedgerSnapshot.of(SimulatedLedger.DIRECTORY, wanted, environment, 1);
  }

  @Test
  void whatLiesThereIsAnsweredAsByTheStore() {
    assertTrue(new CrashStory(11).tell(disk));
    LedgerSnapshot seen = look();
    for (String book : BOOKS) {
      LedgerAudit.thorough(seen, book, 2, 5);
    }
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      assertSame(store.reads(), seen);
    }
  }

  private static void assertSame(StoreReader store, StoreReader seen) {
    assertEquals(store.cut(), seen.cut());
    assertEquals(store.books(null, 100), seen.books(null, 100));
    assertEquals(store.assets(null, 100), seen.assets(null, 100));
    Cut cut = seen.cut();
    for (BookView book : seen.books(null, 100).items()) {
      String name = book.book();
      List<Event> events = store.events(name, 0, 10_000, 1 << 30);
      assertEquals(events, seen.events(name, 0, 10_000, 1 << 30));
      assertEquals(store.accounts(name, "", null, 100), seen.accounts(name, "", null, 100));
      assertEquals(store.trialBalance(name, null), seen.trialBalance(name, null));
      assertEquals(
          store.transactions(name, 0, 1000, 1 << 30), seen.transactions(name, 0, 1000, 1 << 30));
      for (long seq = 0; seq <= cut.seqOf(name); seq += 7) {
        assertEquals(store.trialBalanceAt(name, seq), seen.trialBalanceAt(name, seq));
        for (AccountView account : store.accounts(name, "", null, 100).items()) {
          AccountId id = account.account().id();
          assertEquals(store.balanceAt(id, seq), seen.balanceAt(id, seq));
        }
      }
      for (Event event : events) {
        if (event.payload() instanceof TransactionPosted posted) {
          String key = posted.draft().idempotencyKey();
          assertEquals(store.transactionByKey(name, key), seen.transactionByKey(name, key));
          assertEquals(store.transaction(posted.id()), seen.transaction(posted.id()));
        }
      }
      assertNull(seen.transactionByKey(name, "never used"));
    }
  }

  @Test
  void besideAWriterItStaysAsItWas() {
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("b", "p", "EUR")).join();
      store.openAccount(account("b", "q", "EUR")).join();
      long seenBefore = 0;
      for (int round = 0; round < 40; round++) {
        store.commit("b", List.of(move("b", "k" + round, "p", "q", 1, "EUR")), false).join();
        LedgerSnapshot seen = look();
        long seq = seen.lastSeq("b");
        assertTrue(seq >= seenBefore && seq <= store.reads().lastSeq("b"));
        store.commit("b", List.of(move("b", "l" + round, "p", "q", 1, "EUR")), false).join();
        assertEquals(seq, seen.lastSeq("b"));
        LedgerAudit.of(seen, "b", 2);
        if (seq > 2) {
          Int128 moved = seen.account(new AccountId("b", "q")).effective();
          assertEquals(Int128.of(seq - 2), moved);
        }
        seenBefore = seq;
      }
      assertTrue(seenBefore > 60, "saw only " + seenBefore);
    }
  }

  @Test
  void onlyTheBooksThatAreWantedAreThere() {
    assertTrue(new CrashStory(12).tell(disk));
    LedgerSnapshot seen = look("a"::equals);
    assertEquals(
        List.of("_system", "a"),
        seen.books(null, 10).items().stream().map(BookView::book).toList());
    assertEquals(0, seen.lastSeq("b"));
  }

  @Test
  void aDamagedCheckpointIsPassedOverAndStays() throws Exception {
    assertTrue(new CrashStory(13).tell(disk));
    Path folder = SimulatedLedger.DIRECTORY.resolve("books").resolve("a");
    List<String> before = disk.list(folder);
    for (String name : before) {
      if (CheckpointFile.isName(name)) {
        disk.flipBit(folder.resolve(name), 100, 3);
      }
    }
    assertTrue(before.stream().anyMatch(CheckpointFile::isName), before::toString);
    LedgerAudit.thorough(look(), "a", 2, 3);
    assertEquals(before, disk.list(folder));
  }

  @Test
  void aDamagedBookSaysSoAndTheOthersAnswer() {
    assertTrue(new CrashStory(14).tell(disk));
    disk.flipBit(SimulatedLedger.segment("a", 1), 40, 1);
    LedgerSnapshot seen = look();
    LedgerException e = assertThrows(LedgerException.class, () -> seen.trialBalance("a", null));
    assertInstanceOf(Unavailable.class, e.error());
    LedgerAudit.of(seen, "b", 2);
  }
}
