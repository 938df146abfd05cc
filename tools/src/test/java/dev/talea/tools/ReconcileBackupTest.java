// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Records and evidence of reconciliation in a backup, and what becomes of them in a restore. */
@Timeout(300)
@Tag("slow")
class ReconcileBackupTest {
  @TempDir private Path directory;
  private ServedShell served;
  private TestShell shell;

  @BeforeEach
  void start() throws IOException {
    served = new ServedShell(directory, Map.of());
    shell = served.shell();
    CashRun.begin(served, directory);
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private static Result right(Result result) {
    assertEquals(0, result.exitCode(), result.err() + result.out());
    return result;
  }

  private void runAgain() {
    CashRun.again(served);
  }

  private List<String> names(String folder) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve(folder))) {
      return files.map(file -> "" + file.getFileName()).sorted().toList();
    }
  }

  private static ReconcileFolder.Report backUp(ReconcileFolder folder, Path to, LongConsumer passed)
      throws IOException {
    return folder.backUp(to, SystemTicker::micros, SystemTicker::pause, passed);
  }

  private static void changeLastByte(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void whatRunsLeftIsBackedUpBesideTheServerAndServedAgain() throws IOException {
    Result first = right(shell.talea("backup", "ledger", "kept"));
    assertTrue(
        first
            .out()
            .matches(
                "(?s).*kept/reconcile holds [0-9]+ records of reconciliation, what 1 runs left and"
                    + " 1 uploads, cut at .*"),
        first::out);
    Result again = right(shell.talea("backup", "ledger", "kept"));
    assertEquals(
        2, again.out().lines().filter(line -> line.endsWith("; 0.0 MiB were new.")).count());
    runAgain();
    right(shell.talea("backup", "ledger", "kept"));
    assertEquals(List.of("1", "2"), names("kept/reconcile/evidence"));
    right(shell.talea("verify", "kept"));

    Result taken = shell.talea("restore", "kept", "other");
    assertEquals(1, taken.exitCode());
    assertTrue(taken.err().contains("set TALEA_RECONCILE_DIR to where they go"), taken::err);
    assertTrue(Files.notExists(directory.resolve("other")));

    Result restored = right(shell.talea("restore", "kept", "new/ledger"));
    assertTrue(
        restored.out().contains("records of reconciliation, what 2 runs left and 2 uploads."),
        restored::out);
    assertEquals(List.of("evidence", "open", "records", "uploads"), names("new/reconcile"));
    String open = right(shell.talea("reconcile", "exceptions", "cash")).out();
    assertTrue(open.contains("1-right-2"), open);
    try (ServedShell anew = new ServedShell(directory.resolve("new"), Map.of())) {
      for (String run : List.of("1", "2")) {
        right(anew.shell().talea("reconcile", "verify", run));
      }
      assertEquals(open, right(anew.shell().talea("reconcile", "exceptions", "cash")).out());
      Files.copy(directory.resolve("bank.csv"), directory.resolve("new/bank.csv"));
      Result next =
          right(anew.shell().talea("reconcile", "run", "cash", "--right", "bank.csv", "--carry"));
      assertTrue(next.out().contains("\"id\": \"3\""), next::out);
      assertFalse(Files.exists(directory.resolve("new/reconcile/lost")));
    }
  }

  @Test
  void aRunThatEndsWhileItIsBackedUpIsInTheNextOne() throws IOException {
    Path kept = directory.resolve("kept");
    AtomicBoolean ended = new AtomicBoolean();
    ReconcileFolder folder = new ReconcileFolder(directory.resolve("reconcile"));
    ReconcileFolder.Report first =
        backUp(
            folder,
            kept,
            bytes -> {
              if (Files.exists(kept.resolve("evidence")) && !ended.getAndSet(true)) {
                runAgain();
              }
            });
    assertTrue(ended.get());
    assertEquals(1, first.files().runs());
    assertEquals(1, first.files().uploads());
    assertEquals(List.of("1"), names("kept/evidence"));
    assertEquals(2, backUp(folder, kept, bytes -> {}).files().runs());
  }

  @Test
  void whatIsPrunedWhileItIsBackedUpIsNamedByNoRecordOfTheCopy() throws IOException {
    runAgain();
    Path kept = directory.resolve("kept");
    AtomicBoolean pruned = new AtomicBoolean();
    ReconcileFolder folder = new ReconcileFolder(directory.resolve("reconcile"));
    ReconcileFolder.Report report =
        backUp(
            folder,
            kept,
            bytes -> {
              if (Files.exists(kept.resolve("evidence")) && !pruned.getAndSet(true)) {
                right(shell.talea("reconcile", "prune", "--older-than", "0d"));
              }
            });
    assertEquals(2, report.files().runs());
    assertEquals(0, report.files().uploads());
    assertEquals(List.of("manifest.json", "manifest.sha256"), names("kept/evidence/1"));
    assertTrue(names("kept/evidence/2").size() > 2);
    assertEquals(List.of(), names("kept/uploads"));

    right(shell.talea("restore", "kept", "alone"));
    assertEquals(List.of("manifest.json", "manifest.sha256"), names("alone/evidence/1"));
  }

  @Test
  void aChangedByteIsSaidAndTheBooksAreBackedUpAllTheSame() throws IOException {
    Path file = directory.resolve("reconcile/evidence/1/matched.csv");
    changeLastByte(file);
    Result wrong = shell.talea("backup", "ledger", "kept");
    assertEquals(1, wrong.exitCode(), wrong.out());
    assertTrue(wrong.err().contains("evidence/1/matched.csv has the SHA-256"), wrong::err);
    Result books = right(shell.talea("restore", "kept", "new/ledger"));
    assertFalse(books.out().contains("reconciliation"), books::out);
    changeLastByte(file);
    right(shell.talea("backup", "ledger", "kept"));

    changeLastByte(directory.resolve("kept/reconcile/uploads/1"));
    Result changed = shell.talea("restore", "kept", "newer/ledger");
    assertEquals(1, changed.exitCode());
    assertTrue(changed.err().contains("uploads/1 has the SHA-256"), changed::err);
    assertFalse(Files.exists(directory.resolve("newer/reconcile")));
  }

  @Test
  void aFolderThatWasMovedAwayIsAskedFor() throws IOException {
    right(shell.talea("backup", "ledger", "kept"));
    served.close();
    Files.move(directory.resolve("reconcile"), directory.resolve("elsewhere"));
    Result gone = shell.talea("backup", "ledger", "kept");
    assertEquals(1, gone.exitCode());
    assertTrue(gone.err().contains("set TALEA_RECONCILE_DIR to where it is"), gone::err);
    Files.writeString(directory.resolve(".env"), "TALEA_RECONCILE_DIR=elsewhere\n");
    right(shell.talea("backup", "ledger", "kept"));
    Files.writeString(directory.resolve(".env"), "TALEA_RECONCILE_DIR=nowhere\n");
    TestShell knows = new TestShell(directory, Map.of("TALEA_RECONCILE_DIR", "elsewhere"));
    right(knows.talea("backup", "ledger", "kept"));
    Result alone = right(knows.talea("backup", "elsewhere", "alone"));
    assertTrue(alone.out().startsWith(directory.resolve("alone") + " holds "), alone::out);
    assertEquals(1, knows.talea("backup", "elsewhere", "elsewhere/inside").exitCode());
    assertEquals(2, knows.talea("restore", "alone", "x", "--to-seq", "b=1").exitCode());

    String events = right(knows.talea("export", "ledger")).out();
    String url = "sqlite://" + directory.resolve("x.db");
    right(knows.taleaWithInput(events, "import", "--db-url", url, "-"));
    Result sqlite = right(knows.talea("backup", "--db-url", url, "y.db"));
    assertTrue(
        sqlite.err().contains("talea backup " + directory.resolve("elsewhere")), sqlite::err);

    Path full = Files.createDirectory(directory.resolve("full"));
    Files.createDirectory(full.resolve("evidence"));
    ReconcileFolder folder = new ReconcileFolder(directory.resolve("elsewhere"));
    assertThrows(FailedException.class, () -> backUp(folder, full, bytes -> {}));
    assertEquals(List.of("evidence"), names("full"));
  }
}
