// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static dev.talea.ledger.conformance.Drafts.moves;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Outage.Cause;
import dev.talea.log.DiskFile;
import dev.talea.log.SimulatedDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A checkpoint or a file of keys is made of durable records. One that knows of more than the log
 * has proves that acknowledged transactions are missing: the book stays closed, and the proof stays
 * where it is.
 */
class LostEndTest {
  private static final String BOOK = "main";
  private static final Path FOLDER = SimulatedLedger.DIRECTORY.resolve("books").resolve(BOOK);
  private static final int HEADER_BYTES = 4096;

  private SimulatedDisk closed = new SimulatedDisk(1);
  private SimulatedDisk killed = closed;
  private long end;

  @BeforeEach
  void writeABook() {
    LogLedgerStore store = SimulatedLedger.open(closed);
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of(BOOK, "other")) {
      store.openAccount(account(book, "cash", "EUR")).join();
      store.openAccount(account(book, "sales", "EUR")).join();
    }
    for (int i = 0; i < 8; i++) {
      store.commit(BOOK, moves(BOOK, i + " ", "sales", "cash", 50, "EUR"), false).join();
    }
    end = store.reads().lastSeq(BOOK);
    killed = closed.afterProcessDeath();
    store.close();
  }

  @ParameterizedTest
  @CsvSource({
    "deleted, false",
    "deleted, true",
    "header, false",
    "header, true",
    "half, false",
    "half, true",
    "zeroed, false",
    "zeroed, true",
    "zeroed half, false",
    "zeroed half, true"
  })
  void theBookStaysClosedAndNothingIsChanged(String loss, boolean stoppedInOrder)
      throws IOException {
    SimulatedDisk disk = (stoppedInOrder ? closed : killed).afterProcessDeath();
    lose(disk, loss);
    Map<String, byte[]> before = contents(disk);
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      Outage why = requireNonNull(store.reads().health().of(BOOK));
      assertEquals(Cause.DAMAGE, why.cause());
      assertTrue(why.detail().contains("up to seq " + known(disk)), why.detail());
      assertTrue(why.detail().contains("remove"), why.detail());
      for (String name : derived(disk)) {
        assertEquals(seqIn(name) > endIn(why), why.detail().contains(name), name + why.detail());
      }
      assertFalse(why.reason().contains(FOLDER.toString()), why.reason());
      assertEquals(why.reason(), requireNonNull(store.reads().book(BOOK)).unavailable());
      store.commit("other", List.of(move("other", "k", "sales", "cash", 1, "EUR")), false).join();
    }
    Map<String, byte[]> after = contents(disk);
    assertEquals(before.keySet(), after.keySet());
    before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
  }

  /** The recipe of the message: those files and nothing else. */
  @ParameterizedTest
  @ValueSource(strings = {"deleted", "half", "zeroed"})
  void aCopyThatIsMeantToEndThereOpensWithoutTheFilesThatWereNamed(String loss) throws IOException {
    SimulatedDisk disk = killed.afterProcessDeath();
    lose(disk, loss);
    String named;
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      named = requireNonNull(store.reads().health().of(BOOK)).detail();
    }
    disk = disk.afterProcessDeath();
    for (String name : derived(disk)) {
      if (named.contains(name)) {
        disk.deleteIfExists(FOLDER.resolve(name));
      }
    }
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      assertTrue(store.reads().lastSeq(BOOK) < end, "fewer than there were");
      LedgerAudit.thorough(store.reads(), BOOK, 2, 5);
    }
  }

  @Test
  void withoutAnyDerivedFileTheWholeLogOpens() throws IOException {
    SimulatedDisk disk = killed.afterProcessDeath();
    for (String name : derived(disk)) {
      disk.deleteIfExists(FOLDER.resolve(name));
    }
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      assertEquals(end, store.reads().lastSeq(BOOK));
      LedgerAudit.thorough(store.reads(), BOOK, 2, 5);
    }
  }

  /** All segments are gone: the book does not begin anew in the same folder. */
  @Test
  void aBookWithoutSegmentsIsNotBegunAnew() throws IOException {
    SimulatedDisk disk = killed.afterProcessDeath();
    for (String name : disk.list(FOLDER)) {
      if (name.endsWith(".log")) {
        disk.deleteIfExists(FOLDER.resolve(name));
      }
    }
    Map<String, byte[]> before = contents(disk);
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      CompletionException e =
          assertThrows(
              CompletionException.class,
              () -> store.openAccount(account(BOOK, "cash", "EUR")).join());
      String reason = assertInstanceOf(Unavailable.class, LedgerErrors.of(e)).reason();
      assertTrue(reason.contains("up to seq " + known(disk)), reason);
      store.commit("other", List.of(move("other", "k", "sales", "cash", 1, "EUR")), false).join();
    }
    assertEquals(before.keySet(), contents(disk).keySet());
  }

  @Test
  void aDamagedBodyStillProves() throws IOException {
    SimulatedDisk disk = killed.afterProcessDeath();
    lose(disk, "deleted");
    for (String name : derived(disk)) {
      int length = disk.content(FOLDER.resolve(name)).length;
      disk.flipBit(FOLDER.resolve(name), length - 1L, 3);
    }
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      assertEquals(Cause.DAMAGE, requireNonNull(store.reads().health().of(BOOK)).cause());
    }
  }

  /** A file that cannot be read may be the proof; once it can, the book opens by itself. */
  @Test
  void aDerivedFileThatCannotBeReadKeepsTheBookClosedUntilItCan() throws IOException {
    SimulatedDisk disk = killed.afterProcessDeath();
    Map<String, byte[]> before = contents(disk);
    disk.setFault(
        (operation, file) ->
            operation == SimulatedDisk.Operation.OPEN_FOR_READING
                    && file.startsWith(FOLDER)
                    && CheckpointFile.isName(file.getFileName().toString())
                ? new IOException("Too many open files (injected)")
                : null);
    try (LogLedgerStore store = SimulatedLedger.open(disk)) {
      Outage why = requireNonNull(store.reads().health().of(BOOK));
      assertEquals(Cause.SHORTAGE, why.cause());
      assertTrue(why.reason().contains("Too many open files"), why.reason());
      assertEquals(before.keySet(), contents(disk).keySet());
      disk.setFault(SimulatedDisk.Fault.NONE);
      store.check();
      assertEquals(null, store.reads().health().of(BOOK));
      assertEquals(end, store.reads().lastSeq(BOOK));
      LedgerAudit.thorough(store.reads(), BOOK, 2, 5);
    }
  }

  private static void lose(SimulatedDisk disk, String loss) throws IOException {
    List<String> segments =
        disk.list(FOLDER).stream().filter(name -> name.endsWith(".log")).toList();
    assertTrue(segments.size() > 1, "there is more than one segment");
    Path last = FOLDER.resolve(segments.get(segments.size() - 1));
    byte[] content = disk.content(last);
    int used = content.length;
    while (content[used - 1] == 0) {
      used--;
    }
    int half = HEADER_BYTES + (used - HEADER_BYTES) / 2;
    switch (loss) {
      case "deleted" -> disk.deleteIfExists(last);
      case "header" -> replace(disk, last, Arrays.copyOf(content, HEADER_BYTES));
      case "half" -> replace(disk, last, Arrays.copyOf(content, half));
      case "zeroed" -> {
        Arrays.fill(content, HEADER_BYTES, content.length, (byte) 0);
        replace(disk, last, content);
      }
      default -> {
        Arrays.fill(content, half, content.length, (byte) 0);
        replace(disk, last, content);
      }
    }
  }

  private static void replace(SimulatedDisk disk, Path file, byte[] content) throws IOException {
    disk.deleteIfExists(file);
    try (DiskFile made = disk.create(file)) {
      made.write(ByteBuffer.wrap(content), 0);
    }
  }

  private static List<String> derived(SimulatedDisk disk) throws IOException {
    return disk.list(FOLDER).stream().filter(LostEnd::isName).toList();
  }

  private static long known(SimulatedDisk disk) throws IOException {
    return derived(disk).stream().mapToLong(LostEndTest::seqIn).max().orElse(0);
  }

  /** The last number in the name of a derived file. */
  private static long seqIn(String name) {
    String stem = name.substring(0, name.lastIndexOf('.'));
    return Long.parseLong(stem.substring(stem.lastIndexOf('-') + 1));
  }

  private static long endIn(Outage why) {
    String text = why.detail();
    String from = text.substring(text.indexOf("ends with seq ") + "ends with seq ".length());
    return Long.parseLong(from.substring(0, from.indexOf(',')));
  }

  private static Map<String, byte[]> contents(SimulatedDisk disk) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    for (String name : disk.list(FOLDER)) {
      contents.put(name, disk.content(FOLDER.resolve(name)));
    }
    return contents;
  }
}
