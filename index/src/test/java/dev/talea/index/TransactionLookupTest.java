// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TxId;
import dev.talea.log.LogReader;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Finding transactions by id, where the ids are as much alike as they can get. */
class TransactionLookupTest {
  private static final int BOOKS = 8;

  private final SimulatedDisk disk = new SimulatedDisk(1);

  /** All logs draw the same random number, and all commits are in the same microsecond. */
  private LogLedgerStore openWithoutChance() {
    return LogLedgerStore.open(
        SimulatedLedger.DIRECTORY,
        SimulatedLedger.SETTINGS,
        SimulatedLedger.MAINTENANCE,
        SimulatedLedger.environment(disk).withRandom(() -> -1L).withClock(() -> 1_000_000_000_000L),
        Runnable::run);
  }

  @Test
  void booksWithTheSameRandomNumberGiveOutDifferentIdsAllTheSame() {
    Map<String, Posted> receipts = new HashMap<>();
    try (LogLedgerStore store = openWithoutChance()) {
      store.registerAsset(fiat("EUR")).join();
      for (int i = 0; i < BOOKS; i++) {
        write(store, "book " + i, receipts);
      }
      check(store, receipts);
    }
    try (LogLedgerStore store = openWithoutChance()) {
      check(store, receipts);
      write(store, "after reopening", receipts);
      check(store, receipts);
    }
  }

  private static void write(LogLedgerStore store, String book, Map<String, Posted> receipts) {
    store.openAccount(account(book, "a", "EUR")).join();
    store.openAccount(account(book, "b", "EUR")).join();
    var drafts = List.of(move(book, "k", "a", "b", 1, "EUR"));
    receipts.put(book, (Posted) store.commit(book, drafts, false).join().get(0));
  }

  private static void check(LogLedgerStore store, Map<String, Posted> receipts) {
    assertEquals(
        receipts.size(),
        new HashSet<>(receipts.values().stream().map(Posted::txId).toList()).size());
    receipts.forEach(
        (book, posted) -> {
          TransactionView view = store.reads().transaction(posted.txId());
          assertNotNull(view);
          assertEquals(book, view.book());
          assertEquals(posted.at(), view.at());
        });
  }

  @Test
  void idsThatAlmostExistDoNot() {
    Map<String, Posted> receipts = new HashMap<>();
    try (LogLedgerStore store = openWithoutChance()) {
      store.registerAsset(fiat("EUR")).join();
      write(store, "b", receipts);
      UUID id = receipts.values().iterator().next().txId();
      for (int bit = 0; bit < 64; bit++) {
        long high = id.getMostSignificantBits();
        long low = id.getLeastSignificantBits();
        assertNull(store.reads().transaction(new UUID(high ^ (1L << bit), low)), "bit " + bit);
        assertNull(
            store.reads().transaction(new UUID(high, low ^ (1L << bit))), "bit " + (64 + bit));
      }
      // Seqs 1 and 2 are openings of accounts, not transactions.
      assertNull(store.reads().transaction(TxId.of(1_000_000_000_000L, TxId.TAG_MASK, 1)));
      assertNull(store.reads().transaction(TxId.of(1_000_000_000_000L, TxId.TAG_MASK, 0)));
    }
  }

  /** Seqs that share their lower half are told apart by the id in the record. */
  @Test
  void aBookOfMoreThanFourBillionEventsIsSearchedAtEveryCandidate() {
    Map<String, Posted> receipts = new HashMap<>();
    try (LogLedgerStore store = openWithoutChance()) {
      store.registerAsset(fiat("EUR")).join();
      write(store, "b", receipts);
    }
    LogReader small = new LogFiles(SimulatedLedger.DIRECTORY, disk).read("b").reader();
    Maintenance maintenance = new Maintenance(disk, Runnable::run, 1 << 20, 1 << 20);
    Path folder = SimulatedLedger.DIRECTORY.resolve("books").resolve("b");
    BookState state = BookOpening.open(small, folder, maintenance, Runnable::run).state();
    BookReader reader = new BookReader(new HugeLog(small), state.accounts);
    TransactionView view = reader.transaction(receipts.values().iterator().next().txId());
    assertNotNull(view);
    assertEquals("b", view.book());
    assertNull(reader.transaction(TxId.of(1_000_000_000_000L, TxId.TAG_MASK, 2)));
  }

  /** Claims to have 2 * 2^32 events before those that are there. */
  private static final class HugeLog extends CountingLog {
    private static final long BEFORE = 2L << 32;

    HugeLog(LogReader log) {
      super(log);
    }

    @Override
    public long durableSeq() {
      return BEFORE + super.durableSeq();
    }

    @Override
    public long positionOf(long seq) {
      return super.positionOf(seq > BEFORE ? seq - BEFORE : 1);
    }
  }
}
