// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.index.derived.DerivedHeader;
import dev.talea.index.keys.KeyFiles;
import dev.talea.index.keys.KeyHash;
import dev.talea.index.keys.KeyIndex;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogReader;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.LogFiles;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checking a whole book, with the files beside its log, from a disk that cannot be written. */
class BookCheckTest {
  private static final String BOOK = "b";

  private final SimulatedDisk disk = new SimulatedDisk(3);
  private final LogFiles files = new LogFiles(SimulatedLedger.DIRECTORY, ReadOnlyDisk.of(disk));
  private final Path folder = files.folder(BOOK);

  @BeforeEach
  void writeABook() {
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account(BOOK, "p", "EUR")).join();
      store.openAccount(account(BOOK, "q", "EUR")).join();
      for (int i = 0; i < 100; i++) {
        store.commit(BOOK, List.of(move(BOOK, "key " + i, "p", "q", 1, "EUR")), false).join();
      }
    }
  }

  private LogReader log() {
    return files.read(BOOK).found();
  }

  private BookCheck.Result check() {
    return new BookCheck(log(), ReadOnlyDisk.of(disk), folder, 1 << 20, bytes -> {}).run();
  }

  private void assertFault(String expected) {
    List<String> faults = check().derivedFaults();
    assertEquals(1, faults.size(), faults::toString);
    assertTrue(faults.get(0).contains(expected), faults::toString);
  }

  @Test
  void aBookAndItsFilesAreRight() {
    BookCheck.Result right = check();
    assertEquals(102, right.events());
    assertEquals(100, right.transactions());
    assertEquals(2, right.accounts());
    assertTrue(right.derivedFiles() >= 3, right::toString);
    assertEquals(List.of(), right.derivedFaults());
  }

  @Test
  void aCheckpointWithRightChecksumsAndOtherContentIsFound() throws Exception {
    LogReader log = log();
    BookState state =
        BookOpening.open(log, folder, Maintenance.none(ReadOnlyDisk.of(disk)), Runnable::run)
            .state();
    for (String name : disk.list(folder)) {
      if (CheckpointFile.isName(name)) {
        disk.deleteIfExists(folder.resolve(name));
      }
    }
    CheckpointWriter.Extent extent = new CheckpointWriter.Extent(102, 1, 2);
    CheckpointWriter.write(disk, folder, log, state.accounts, state.tag + 1, extent, null);
    assertFault("tag " + (state.tag + 1) + ", computed " + state.tag);
  }

  @Test
  void aFileOfKeysThatHoldsAnotherKeyIsFound() throws Exception {
    LogReader log = log();
    // How many keys were filed when the store was closed is in the threads.
    for (String name : disk.list(folder)) {
      if (name.endsWith(".idx")) {
        disk.deleteIfExists(folder.resolve(name));
      }
    }
    KeyIndex index = new KeyIndex(BOOK, new KeyFiles(disk, folder, log, KeyHash.of(log)));
    long filed = index.open();
    index.load(filed + 1, 101, 1 << 20);
    index.add(1234, log.positionOf(102));
    assertTrue(index.freeze(102));
    assertTrue(index.file());
    assertFault("and not those that the log has");
  }

  /** It was never synced, so a power failure alone may have left it so. */
  @Test
  void aShortFileThatIsDamagedIsTornAndNoFault() throws Exception {
    int damaged = 0;
    for (String name : disk.list(folder)) {
      if (CheckpointFile.isName(name) || name.endsWith(".idx")) {
        disk.flipBit(folder.resolve(name), 300, 2);
        damaged++;
      }
    }
    BookCheck.Result result = check();
    assertEquals(List.of(), result.derivedFaults());
    List<String> torn = result.derivedTorn();
    assertEquals(damaged, torn.size(), torn::toString);
    assertTrue(torn.stream().allMatch(each -> each.contains(folder.toString())), torn::toString);
  }

  /** It had its name only once all of it was on disk. */
  @Test
  void aLongFileThatIsDamagedIsAFault() throws Exception {
    for (String name : disk.list(folder)) {
      if (CheckpointFile.isName(name)) {
        try (DiskFile file = disk.open(folder.resolve(name))) {
          file.write(ByteBuffer.allocate(1), DerivedHeader.SYNCED_FROM_BYTES - 1);
        }
      }
    }
    BookCheck.Result result = check();
    assertEquals(List.of(), result.derivedTorn());
    List<String> faults = result.derivedFaults();
    assertTrue(!faults.isEmpty() && faults.get(0).contains("behind its header"), faults::toString);
  }

  @Test
  void aDamagedRecordNamesItsSeqAndItsAccounts() {
    long position = log().positionOf(50);
    Path segment = SimulatedLedger.segment(BOOK, 1);
    disk.flipBit(segment, position + 24 + 56 + 16, 0); // an amount
    LogDamagedException e = assertThrows(LogDamagedException.class, () -> files.verify(BOOK));
    assertEquals(50, e.seq());
    assertTrue(String.valueOf(e.getMessage()).contains("at byte " + position), e::getMessage);
    LogReader before = files.readBeforeDamage(BOOK);
    assertEquals(49, before.durableSeq());
    BookCheck check = new BookCheck(before, ReadOnlyDisk.of(disk), folder, 100, bytes -> {});
    check.replayForNames();
    byte[] payload = e.payload();
    assertEquals(Set.of("p", "q"), check.accountsIn(payload == null ? new byte[0] : payload));
  }
}
