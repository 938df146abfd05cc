// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.Micros;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TxId;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is imported is there as a whole, after a power cut too, or not at all. */
class LogImportTest {
  private static final Path TARGET = Path.of("/data/moved");

  private final SimulatedDisk source = new SimulatedDisk(21);
  private final SimulatedDisk disk = new SimulatedDisk(22);

  private LogImport fill() throws IOException {
    assertTrue(new CrashStory(21).tell(source));
    LogImport into =
        LogImport.into(TARGET, SimulatedLedger.environment(disk), LogImport.LookAhead.NONE);
    try (LogLedgerStore store = SimulatedLedger.open(source)) {
      StoreReader reads = store.reads();
      for (BookView book : reads.books(null, 100).items()) {
        for (Event event : reads.events(book.book(), 0, 100_000, Integer.MAX_VALUE)) {
          into.add(book.book(), event);
        }
      }
    }
    return into;
  }

  private static void isTheSame(SimulatedDisk source, SimulatedDisk copy) {
    LogFiles ours = new LogFiles(SimulatedLedger.DIRECTORY, source);
    LogFiles theirs = new LogFiles(TARGET, copy);
    assertEquals(ours.names(), theirs.names());
    for (String name : ours.names()) {
      assertEquals(ours.verify(name).treeHead(), theirs.verify(name).treeHead(), name);
    }
  }

  @Test
  void headsAreTheSameAndAPowerCutTakesNothing() throws IOException {
    LogImport into = fill();
    into.close();
    assertFalse(new LogFiles(TARGET, disk).isThere());
    into.finish();
    isTheSame(source, disk);
    for (int seed = 1; seed <= 20; seed++) {
      isTheSame(source, disk.afterPowerLoss(seed));
    }
  }

  @Test
  void aPowerCutBeforeTheEndLeavesNoLedger() throws IOException {
    LogImport into = fill();
    into.close();
    for (int seed = 1; seed <= 20; seed++) {
      assertFalse(new LogFiles(TARGET, disk.afterPowerLoss(seed)).isThere());
    }
  }

  @Test
  void whatIsThereIsNotTouched() throws IOException {
    LogImport into = fill();
    into.close();
    into.finish();
    assertThrows(
        IllegalStateException.class,
        () -> LogImport.into(TARGET, SimulatedLedger.environment(disk), LogImport.LookAhead.NONE));
    LogImport other =
        LogImport.into(
            Path.of("/data/other"), SimulatedLedger.environment(disk), LogImport.LookAhead.NONE);
    other.abandon();
    assertThrows(
        IllegalStateException.class,
        () ->
            LogImport.into(
                Path.of("/data/other"),
                SimulatedLedger.environment(disk),
                LogImport.LookAhead.NONE));
  }

  /** A book of many accounts is not held in memory until its first transaction comes. */
  @Test
  void theTagOfABookIsLookedForAhead() throws IOException {
    int accounts = 10_005;
    for (int tag : new int[] {77, -1}) {
      SimulatedDisk target = new SimulatedDisk(23);
      LogImport into = LogImport.into(TARGET, SimulatedLedger.environment(target), book -> tag);
      into.add("_system", event(1, new Event.AssetRegistered(Drafts.fiat("EUR"))));
      for (int i = 1; i <= accounts; i++) {
        into.add("b", event(i, new Event.AccountOpened(Drafts.account("b", "p" + i, "EUR"))));
      }
      if (tag > 0) {
        UUID id = TxId.of(1_000_000, tag, accounts + 1);
        into.add(
            "b",
            event(
                accounts + 1,
                new Event.TransactionPosted(id, Drafts.move("b", "k", "p1", "p2", 1, "EUR"))));
      }
      into.close();
      into.finish();
      assertEquals(
          accounts + (tag > 0 ? 1 : 0),
          new LogFiles(TARGET, target).read("b").found().durableSeq());
    }
  }

  private static Event event(long seq, Event.Payload payload) {
    return new Event(seq, Micros.instant(1_000_000), payload);
  }
}
