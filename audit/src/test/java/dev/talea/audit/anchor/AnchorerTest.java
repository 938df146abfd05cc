// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.audit.proof.MalformedException;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.Logs;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.SimulatedDisk.Operation;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rounds of anchoring, told to a simulated disk: what is written, when, and what stops it. */
class AnchorerTest {
  private static final Path DIRECTORY = Path.of("/data/talea");

  private final SimulatedDisk disk = new SimulatedDisk(11);

  private LogEnvironment environment() {
    return SystemLogEnvironment.create().withDisk(disk).withBackground(Runnable::run);
  }

  private LogLedgerStore open() {
    return LogLedgerStore.open(DIRECTORY, LogStoreSettings.DEFAULTS, environment(), Runnable::run);
  }

  private static void begin(LogLedgerStore store, String... books) {
    store.registerAsset(fiat("EUR")).join();
    for (String book : books) {
      store.openAccount(account(book, "p", "EUR")).join();
      store.openAccount(account(book, "q", "EUR")).join();
    }
  }

  private static void post(LogLedgerStore store, String book, String key) {
    store.commit(book, List.of(move(book, key, "p", "q", 1, "EUR")), false).join();
  }

  private List<String> anchored() {
    List<String> anchored = new ArrayList<>();
    LogReader log = new LogFiles(DIRECTORY, disk).read(AnchorLog.NAME).found();
    LogCursor cursor = log.cursor(1);
    while (cursor.next()) {
      AnchorRecord.Stamped found = AnchorRecord.decode(cursor.payload());
      assertEquals(cursor.commitTime(), found.atMicros());
      if (found.record() instanceof Anchor anchor) {
        anchored.add(anchor.book() + " " + anchor.head().size());
      }
    }
    return anchored;
  }

  @Test
  void whatHasChangedIsAnchoredAndNothingElse() {
    try (LogLedgerStore store = open()) {
      begin(store, "a", "b");
      Anchorer anchorer = new Anchorer(store);
      assertEquals(3, anchorer.round().anchored());
      assertEquals(0, anchorer.round().anchored());
      post(store, "b", "1");
      post(store, "b", "2");
      assertEquals(1, anchorer.round().anchored());
      TreeHead head = store.heads().get("b");
      assertEquals(4, head == null ? 0 : head.size());
    }
    assertEquals(List.of("_system 1", "a 2", "b 2", "b 4"), anchored());
  }

  /** The next process reads what the one before has anchored, and goes on. */
  @Test
  void anotherProcessGoesOn() {
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      new Anchorer(store).round();
      post(store, "a", "1"); // not anchored: it crashes
    }
    try (LogLedgerStore store = open()) {
      Anchorer anchorer = new Anchorer(store);
      assertEquals(1, anchorer.round().anchored());
      assertEquals(0, anchorer.round().anchored());
    }
    assertEquals(List.of("_system 1", "a 2", "a 3"), anchored());
  }

  @Test
  void aLedgerWithoutRecordsHasNoAnchors() {
    try (LogLedgerStore store = open()) {
      assertEquals(0, new Anchorer(store).round().anchored());
    }
    assertFalse(new LogFiles(DIRECTORY, disk).exists(AnchorLog.NAME));
  }

  /** Not listed, not readable, not to be written to by that name, and in no snapshot. */
  @Test
  void theLogIsNoBook() {
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      new Anchorer(store).round();
    }
    try (LogLedgerStore store = open()) {
      assertEquals(2, store.reads().books(null, 10).items().size());
      assertNull(store.reads().book(AnchorLog.NAME));
      assertEquals(0, store.reads().lastSeq(AnchorLog.NAME));
      assertEquals(List.of(), store.reads().events(AnchorLog.NAME, 0, 10, 1000));
      assertThrows(
          IllegalArgumentException.class,
          () -> store.openAccount(account(AnchorLog.NAME, "p", "EUR")));
      assertFalse(store.heads().containsKey(AnchorLog.NAME));
      new Anchorer(store).round();
    }
    assertEquals(List.of("_system 1", "a 2"), anchored());
  }

  @Test
  void onlyReservedNamesAreOpenedBeside() {
    try (LogLedgerStore store = open()) {
      for (String name : List.of("a", "_system")) {
        assertThrows(
            IllegalArgumentException.class,
            () -> AnchorLog.open(handler -> store.openBeside(name, handler)),
            name);
      }
    }
  }

  /** The disk fails under the anchors alone: the books go on, and a later round catches up. */
  @Test
  void aDiskThatFailsUnderTheAnchorsStopsNoBook() {
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      Anchorer anchorer = new Anchorer(store);
      for (Operation kind :
          List.of(Operation.CREATE, Operation.OPEN, Operation.FORCE, Operation.WRITE)) {
        post(store, "a", kind + " 1");
        disk.setFault(
            (operation, file) ->
                operation == kind && file.toString().contains(AnchorLog.NAME)
                    ? new IOException("Input/output error (injected)")
                    : null);
        boolean failed = false;
        try {
          anchorer.round();
        } catch (LogException e) {
          failed = true;
        }
        assertTrue(failed || kind != Operation.FORCE, "a failed sync is told");
        post(store, "a", kind + " 2"); // goes on
        disk.setFault(SimulatedDisk.Fault.NONE);
        anchorer.round();
        TreeHead now = store.heads().get("a");
        assertEquals("a " + (now == null ? 0 : now.size()), last());
      }
    }
  }

  private String last() {
    List<String> all = anchored();
    return all.get(all.size() - 1);
  }

  @Test
  void aFullDiskIsTriedAgain() {
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      Anchorer anchorer = new Anchorer(store);
      disk.setSpace(disk.usedSpace());
      assertThrows(LogException.class, anchorer::round);
      assertThrows(LogException.class, anchorer::round);
      disk.setSpace(Long.MAX_VALUE);
      assertEquals(2, anchorer.round().anchored());
    }
    assertEquals(List.of("_system 1", "a 2"), anchored());
  }

  /** What it cannot read, such as records of a later program, it does not append to. */
  @Test
  void unknownRecordsAreLeftAlone() {
    try (Logs logs = new LogFiles(DIRECTORY, disk).open(LogSettings.DEFAULTS, environment())) {
      logs.createLog(AnchorLog.NAME, reader -> new OneRecord()).submit(new byte[64], 1);
    }
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      Anchorer anchorer = new Anchorer(store);
      for (int i = 0; i < 2; i++) {
        MalformedException e = assertThrows(MalformedException.class, anchorer::round);
        assertTrue(String.valueOf(e.getMessage()).contains("Record 1 of _anchors"), e::toString);
      }
    }
  }

  /** A book that is put back by hand is told of; that it is not anchored hides nothing. */
  @Test
  void aBookThatIsNotWhatItWasIsTold() {
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      new Anchorer(store).round();
    }
    try (Logs logs = new LogFiles(DIRECTORY, disk).open(LogSettings.DEFAULTS, environment());
        AnchorLog anchors = AnchorLog.open(logs)) {
      anchors.append(List.of(new Anchor("a", new TreeHead(9, new byte[32]))));
    }
    try (LogLedgerStore store = open()) {
      Anchorer.Round round = new Anchorer(store).round();
      assertEquals(0, round.anchored());
      assertTrue(round.contradictions().get(0).contains("9 records, and has 2"), round::toString);
    }
  }

  @Test
  void anotherBookOfTheSameLengthIsTold() {
    try (LogLedgerStore store = open()) {
      begin(store, "a");
      new Anchorer(store).round();
    }
    try (Logs logs = new LogFiles(DIRECTORY, disk).open(LogSettings.DEFAULTS, environment());
        AnchorLog anchors = AnchorLog.open(logs)) {
      anchors.append(List.of(new Anchor("a", new TreeHead(2, new byte[32]))));
    }
    try (LogLedgerStore store = open()) {
      Anchorer.Round round = new Anchorer(store).round();
      assertEquals(0, round.anchored());
      assertTrue(("" + round.contradictions()).contains("2 records, and has 2"), round::toString);
    }
  }

  /** More than a group holds, in one round. */
  @Test
  void manyBooksAreAnchoredInSeveralGroups() {
    int books = 200;
    List<AnchorRecord> records = new ArrayList<>();
    for (int i = 0; i < books; i++) {
      records.add(new Anchor("b".repeat(100) + i, new TreeHead(1 + i, new byte[32])));
    }
    LogSettings small = LogSettings.DEFAULTS.withGroupMax(1 << 12, 10);
    try (Logs logs = new LogFiles(DIRECTORY, disk).open(small, environment());
        AnchorLog anchors = AnchorLog.open(logs)) {
      anchors.append(records);
      assertEquals(new TreeHead(books, new byte[32]), anchors.newest("b".repeat(100) + 199));
    }
    assertEquals(books, anchored().size());
  }
}
