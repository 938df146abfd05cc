// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.log.LogEnvironment;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.log.disk.VerifyReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A small ledger on a disk that cannot be written: as it should be, and with each thing wrong. */
class LedgerVerifierTest {
  private static final Path DIRECTORY = Path.of("/data/talea");
  private static final int TRANSACTIONS = 40;

  /** Bytes of a group without records up to its last hash; zeros follow. */
  private static final int CLOSE_MARK = 104;

  private final SimulatedDisk disk = new SimulatedDisk(5);

  private LogLedgerStore open(SimulatedDisk on) {
    LogEnvironment environment =
        SystemLogEnvironment.create().withDisk(on).withBackground(Runnable::run);
    LogStoreSettings settings = LogStoreSettings.DEFAULTS.withMaintenance(12, 9);
    return LogLedgerStore.open(DIRECTORY, settings, environment, Runnable::run);
  }

  private void write() {
    try (LogLedgerStore store = open(disk)) {
      fill(store);
    }
  }

  private static void fill(LogLedgerStore store) {
    store.registerAsset(fiat("EUR")).join();
    for (String book : List.of("a", "b")) {
      store.openAccount(account(book, "p", "EUR")).join();
      store.openAccount(account(book, "q", "EUR")).join();
      for (int i = 0; i < TRANSACTIONS; i++) {
        store.commit(book, List.of(move(book, "key " + i, "p", "q", 1, "EUR")), false).join();
      }
    }
  }

  private static LedgerVerdict verify(SimulatedDisk on, Map<String, TreeHead> earlier) {
    LogFiles files = new LogFiles(DIRECTORY, ReadOnlyDisk.of(on));
    LedgerVerifier.Options options =
        new LedgerVerifier.Options(book -> true, earlier, 1000, Runnable::run, bytes -> {});
    return new LedgerVerifier(files, ReadOnlyDisk.of(on), options).verify();
  }

  private static String findings(LedgerVerdict verdict) {
    return verdict.findings()
        + verdict.books().stream()
            .map(book -> book.book() + book.findings())
            .collect(Collectors.joining("\n"));
  }

  @Test
  void aLedgerThatIsRightIsRight() {
    write();
    LedgerVerdict verdict = verify(disk, Map.of());
    assertTrue(verdict.isRight(), () -> findings(verdict));
    assertEquals(List.of("_system", "a", "b"), names(verdict));
    for (BookVerdict book : verdict.books()) {
      assertEquals(List.of(), book.findings());
      assertEquals(VerifyReport.End.CLOSED, requireNonNull(book.bytes()).end());
    }
    assertEquals(TRANSACTIONS, requireNonNull(verdict.books().get(1).records()).transactions());
    assertTrue(requireNonNull(verdict.books().get(1).records()).derivedFiles() > 1);
  }

  private static List<String> names(LedgerVerdict verdict) {
    return verdict.books().stream().map(BookVerdict::book).toList();
  }

  @Test
  void severalThreadsSayTheSame() {
    write();
    ExecutorService workers = Executors.newFixedThreadPool(4);
    try {
      LogFiles files = new LogFiles(DIRECTORY, ReadOnlyDisk.of(disk));
      LedgerVerifier.Options options =
          new LedgerVerifier.Options(book -> true, Map.of(), 1000, workers, bytes -> {});
      LedgerVerdict verdict = new LedgerVerifier(files, ReadOnlyDisk.of(disk), options).verify();
      assertTrue(verdict.isRight(), () -> findings(verdict));
      assertEquals(List.of("_system", "a", "b"), names(verdict));
    } finally {
      workers.shutdown();
    }
  }

  @Test
  void besideAWriterNothingIsWrong() {
    try (LogLedgerStore store = open(disk)) {
      fill(store);
      for (int i = 0; i < 30; i++) {
        store.commit("a", List.of(move("a", "more " + i, "p", "q", 1, "EUR")), false).join();
        LedgerVerdict verdict = verify(disk, Map.of());
        assertTrue(verdict.isRight(), () -> findings(verdict));
      }
    }
  }

  /** In logs and in the files derived from them; a byte of a record with its seq and accounts. */
  @Test
  @Tag("slow")
  void noByteCanBeAnother() throws Exception {
    write();
    int changed = 0;
    int named = 0;
    for (String book : List.of("_system", "a")) {
      Path folder = DIRECTORY.resolve("books").resolve(book);
      for (String name : disk.list(folder)) {
        if (name.equals("tree.bin")) {
          continue; // what is wrong with it is found, and it is not used
        }
        Path file = folder.resolve(name);
        int end = disk.content(file).length;
        while (end > 0 && disk.content(file)[end - 1] == 0) {
          end--;
        }
        int step = name.endsWith(".log") ? 37 : 211;
        for (int at = changed % step; at < end; at += step) {
          disk.flipBit(file, at, at % 8);
          LedgerVerdict verdict = verify(disk, Map.of());
          String where = file + ", byte " + at;
          String findings = findings(verdict);
          if (name.endsWith(".log") && at >= end - CLOSE_MARK) {
            // The close mark: without it the last group is one that may not have been finished.
            assertTrue(findings.contains("WARNING"), where + ": " + findings);
            disk.flipBit(file, at, at % 8);
            continue;
          }
          // A short derived file may have been torn by a power failure: it is told of, no more.
          assertEquals(!name.endsWith(".log"), verdict.isRight(), where + ": " + findings);
          assertTrue(findings.contains(file.toString()), where + ": " + findings);
          if (findings.contains("accounts 'p', 'q'")) {
            assertTrue(findings.contains("It concerns seq "), where + ": " + findings);
            named++;
          }
          disk.flipBit(file, at, at % 8);
          changed++;
        }
      }
    }
    assertTrue(verify(disk, Map.of()).isRight());
    assertTrue(changed > 150 && named > 60, changed + " changed, " + named + " named");
  }

  @Test
  void aHeadThatWasKeptHasToBeExtended() {
    write();
    TreeHead kept = requireNonNull(verify(disk, Map.of()).books().get(1).bytes()).treeHead();
    try (LogLedgerStore store = open(disk)) {
      store.commit("a", List.of(move("a", "more", "p", "q", 1, "EUR")), false).join();
    }
    assertTrue(verify(disk, Map.of("a", kept)).isRight());
    LedgerVerdict other = verify(disk, Map.of("b", kept));
    assertTrue(findings(other).contains("the history is another"), () -> findings(other));
    LedgerVerdict longer = verify(disk, Map.of("a", new TreeHead(1000, kept.root())));
    assertTrue(findings(longer).contains("records are missing"), () -> findings(longer));
    LedgerVerdict gone = verify(disk, Map.of("c", kept));
    assertTrue(findings(gone).contains("no book 'c'"), () -> findings(gone));
    assertFalse(other.isRight() || longer.isRight() || gone.isRight());
  }

  @Test
  void aLostRegistryIsFound() throws Exception {
    write();
    Path folder = DIRECTORY.resolve("books").resolve("_system");
    for (String name : disk.list(folder)) {
      disk.deleteIfExists(folder.resolve(name));
    }
    LedgerVerdict verdict = verify(disk, Map.of());
    assertFalse(verdict.isRight());
    assertTrue(findings(verdict).contains("not registered"), () -> findings(verdict));
  }

  @Test
  void anEndThatIsMissingIsFound() throws Exception {
    write();
    Path segment = DIRECTORY.resolve("books/a/00000000000000000001.log");
    byte[] content = disk.content(segment);
    // The last groups, cut off clean; the file of keys knows of them.
    int end = content.length;
    while (content[end - 1] == 0) {
      end--;
    }
    for (int at = end - 5000; at < end; at++) {
      for (int bit = 0; bit < 8; bit++) {
        if ((content[at] & 1 << bit) != 0) {
          disk.flipBit(segment, at, bit);
        }
      }
    }
    LedgerVerdict verdict = verify(disk, Map.of());
    assertFalse(verdict.isRight());
  }
}
