// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static dev.talea.ledger.conformance.Drafts.account;
import static dev.talea.ledger.conformance.Drafts.fiat;
import static dev.talea.ledger.conformance.Drafts.move;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.SqlStoreObserver;
import dev.talea.jdbc.SqlStoreSettings;
import dev.talea.ledger.TransactionDraft;
import dev.talea.tools.TestShell.Result;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The auditor's commands on a ledger's directory, without a server. */
@Tag("slow")
class AuditCommandsTest {
  @TempDir private Path directory;
  private TestShell shell = new TestShell(Path.of(""), Map.of());

  @BeforeEach
  void writeALedger() {
    shell = new TestShell(directory, Map.of());
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("shop", "till", "EUR")).join();
      store.openAccount(account("shop", "sales", "EUR")).join();
      for (int i = 1; i <= 5; i++) {
        store
            .commit("shop", List.of(move("shop", "k" + i, "sales", "till", i, "EUR")), false)
            .join();
      }
      store.openAccount(account("shop", "late", "EUR")).join();
      new Anchorer(store).round();
    }
  }

  private void copy(String to) throws IOException {
    Path from = directory.resolve("ledger");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(to).resolve(from.relativize(file).toString()));
      }
    }
  }

  private void change(String ledger, long at) throws IOException {
    Path segment = directory.resolve(ledger).resolve("books/shop/00000000000000000001.log");
    try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
      file.seek(at);
      int before = file.read();
      file.seek(at);
      file.write(before ^ 1);
    }
  }

  @Test
  void verifyPrintsAVerdictOnAPage() throws IOException {
    Result right = shell.talea("verify", "ledger");
    assertEquals(0, right.exitCode(), right.err());
    assertTrue(right.out().contains("RIGHT: "), right::out);
    assertTrue(right.out().contains("shop: 0.15 EUR debited and credited"), right::out);
    copy("copy");
    change("copy", 4096 + 400);
    Result wrong = shell.talea("verify", "copy");
    assertEquals(3, wrong.exitCode(), wrong.err());
    assertTrue(wrong.out().contains("WRONG    book 'shop': Segment "), wrong::out);
    assertTrue(wrong.out().contains("seq 2"), wrong::out);
    assertEquals(0, shell.talea("verify", "log://ledger", "--book", "shop", "--gentle").exitCode());
  }

  @Test
  void aLedgerIsBackedUpAndRestoredAlsoAsItWas() throws IOException {
    Result first = shell.talea("backup", "ledger", "kept");
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(
        first.out().matches("\\S+kept holds [0-9]+ records of [0-9] logs, cut at .*\n"),
        first::out);
    Result again = shell.talea("backup", "--db-url", "log://ledger", "kept");
    assertTrue(again.out().endsWith(" 0.0 MiB were new.\n"), again::out);
    assertEquals(0, shell.talea("verify", "kept").exitCode());
    Result whole = shell.talea("restore", "kept", "whole");
    assertEquals(0, whole.exitCode(), whole.err());
    assertTrue(whole.out().contains("is restored and right: "), whole::out);
    assertEquals(0, shell.talea("diff", "ledger", "whole").exitCode());
    Result cut = shell.talea("restore", "kept", "cut", "--to-seq", "shop=4", "--reason", "a test");
    assertEquals(0, cut.exitCode(), cut.err());
    assertTrue(cut.out().contains("Book 'shop' was cut at seq 4; the backup has 8."), cut::out);
    assertEquals(0, shell.talea("verify", "cut").exitCode());
    Result none = shell.talea("restore", "kept", "none", "--as-of", "2001-01-01T00:00:00Z");
    assertEquals(0, none.exitCode(), none.err());
    // Refusals, each with nothing left behind.
    assertEquals(1, shell.talea("restore", "kept", "whole").exitCode());
    assertEquals(1, shell.talea("restore", "ledger", "other").exitCode());
    assertEquals(1, shell.talea("restore", "kept", "other", "--to-seq", "shop=9").exitCode());
    assertEquals(1, shell.talea("restore", "kept", "other", "--to-seq", "nowhere=1").exitCode());
    assertEquals(2, shell.talea("restore", "kept", "other", "--to-seq", "shop").exitCode());
    assertEquals(1, shell.talea("backup", "ledger", "ledger/inside").exitCode());
    assertEquals(1, shell.talea("backup", "ledger", "whole").exitCode());
    assertTrue(Files.notExists(directory.resolve("other")));
    assertTrue(Files.notExists(directory.resolve("ledger/inside")));
  }

  @Test
  void replayShowsABookAsItWas() {
    Result table = shell.talea("replay", "ledger", "--book", "shop", "--output", "table");
    assertEquals(0, table.exitCode(), table.err());
    assertTrue(table.out().contains("Book shop at seq 8, committed at "), table::out);
    assertTrue(table.out().matches("(?s).*till +EUR +0\\.15 +7\n.*"), table::out);
    assertTrue(table.out().matches("(?s).*late +EUR +0\\.00 +0\n.*"), table::out);
    Result earlier = shell.talea("replay", "ledger", "--book", "shop", "--to-seq", "4");
    assertTrue(earlier.out().contains("\"balance\":\"0.03\""), earlier::out);
    assertTrue(!earlier.out().contains("late"), earlier::out);
    Result before =
        shell.talea("replay", "ledger", "--book", "shop", "--as-of", "2001-01-01T00:00:00Z");
    assertEquals(0, before.exitCode(), before.err());
    assertTrue(before.out().contains("\"seq\":0,\"at\":null"), before::out);
    Result events = shell.talea("replay", "ledger", "--book", "shop", "--to-seq", "3", "--events");
    assertEquals(3, events.out().lines().count());
  }

  @Test
  void diffNamesTheFirstEventThatIsNotTheSame() throws IOException {
    copy("copy");
    Result same = shell.talea("diff", "ledger", "copy");
    assertEquals("The same events in both.\n", same.out());
    assertEquals(0, same.exitCode());
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("copy"), LogStoreSettings.DEFAULTS)) {
      store.commit("shop", List.of(move("shop", "more", "sales", "till", 1, "EUR")), false).join();
    }
    Result more = shell.talea("diff", "ledger", "copy");
    assertEquals(3, more.exitCode());
    assertTrue(more.out().startsWith("Book 'shop' parts at seq 9:\nA  has no such"), more::out);
    assertTrue(more.out().contains("\"idempotency_key\":\"more\""), more::out);
  }

  @Test
  void aHeadThatWasKeptIsHeldAgainstALaterLedger() throws IOException {
    Result head = shell.talea("head", "ledger", "--book", "shop");
    assertEquals(0, head.exitCode(), head.err());
    assertTrue(head.out().startsWith("shop\n8\n"), head::out);
    assertEquals(3, head.out().lines().count());
    Files.writeString(directory.resolve("kept"), head.out());
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      store.commit("shop", List.of(move("shop", "more", "sales", "till", 1, "EUR")), false).join();
    }
    String[] verify = {"verify", "ledger", "--book", "shop", "--since-head", "kept"};
    Result extended = shell.talea(verify);
    assertEquals(0, extended.exitCode(), extended.out());
    Files.writeString(directory.resolve("kept"), head.out().replace("\n8\n", "\n7\n"));
    Result other = shell.talea(verify);
    assertEquals(3, other.exitCode(), other.out());
    assertTrue(other.out().contains("the history is another"), other::out);
    assertEquals(2, shell.talea("head").exitCode());
  }

  @Test
  void aTransactionIsProvenAndCheckedWithoutTheLedger() throws IOException {
    Result events = shell.talea("replay", "ledger", "--book", "shop", "--events");
    Matcher ids =
        Pattern.compile("\"kind\":\"transaction_posted\",\"id\":\"([^\"]+)\"")
            .matcher(events.out());
    int proven = 0;
    while (ids.find()) {
      String file = "proof" + proven++;
      Result made = shell.talea("prove", "ledger", ids.group(1), "--out", file);
      assertEquals(0, made.exitCode(), made.err());
      Result checked = shell.talea("check", file);
      assertEquals(0, checked.exitCode(), checked.out() + checked.err());
      assertEquals(1, shell.talea("prove", "ledger", ids.group(1), "--out", file).exitCode());
      assertTrue(
          checked.out().contains("credit 0.0" + proven + " EUR, account 'sales'"), checked::out);
      Path proof = directory.resolve(file);
      Files.writeString(proof, Files.readString(proof).replaceFirst("index \\d+", "index 0"));
      assertEquals(3, shell.talea("check", file).exitCode());
    }
    assertEquals(5, proven);
    String unknown = "01a220ef-212b-7ebc-862e-c22600000003";
    assertEquals(1, shell.talea("prove", "ledger", unknown).exitCode());
  }

  @Test
  void aLedgerThatIsExportedAndImportedIsTheSame() throws IOException {
    Result lines = shell.talea("export", "ledger");
    assertEquals(0, lines.exitCode(), lines.err());
    Result made = shell.taleaWithInput(lines.out(), "import", "--db-url", "log://moved", "-");
    assertEquals("Imported 9 events.\n", made.out(), made.err());
    assertEquals(0, shell.talea("diff", "ledger", "moved").exitCode());
    assertEquals(shell.talea("digest", "ledger").out(), shell.talea("digest", "moved").out());
    assertEquals(
        shell.talea("head", "ledger", "--book", "shop").out(),
        shell.talea("head", "moved", "--book", "shop").out());
    // It goes on as the ledger that it is.
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("moved"), LogStoreSettings.DEFAULTS)) {
      store.commit("shop", List.of(move("shop", "more", "sales", "till", 1, "EUR")), false).join();
      store.commit("shop", List.of(move("shop", "k1", "sales", "till", 1, "EUR")), false).join();
    }
    assertTrue(shell.talea("verify", "moved").out().contains("RIGHT"));
    assertTrue(shell.talea("head", "moved", "--book", "shop").out().startsWith("shop\n9\n"));
    Result again = shell.taleaWithInput(lines.out(), "import", "--db-url", "log://moved", "-");
    assertEquals(1, again.exitCode());
    assertTrue(again.err().contains("is not empty"), again::err);
  }

  /** Groups of several events, books whose accounts come late, and one that has nothing else. */
  @Test
  void aLedgerMovesFromSqliteIntoLogs() {
    String url = "sqlite://" + directory.resolve("talea.db");
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(
            directory.resolve("talea.db"), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      store.registerAsset(fiat("EUR")).join();
      store.openAccount(account("only accounts", "p", "EUR")).join();
      store.openAccount(account("книга", "p", "EUR")).join();
      store.openAccount(account("книга", "q", "EUR")).join();
      for (int i = 0; i < 20; i++) {
        List<TransactionDraft> group = new ArrayList<>();
        for (int j = 0; j < 10; j++) {
          group.add(move("книга", "k" + i + "." + j, "p", "q", 1, "EUR"));
        }
        store.commit("книга", group, true).join();
        store.openAccount(account("книга", "p" + i, "EUR")).join();
      }
    }
    String lines = shell.talea("export", "--db-url", url).out();
    Result made = shell.taleaWithInput(lines, "import", "--db-url", "log://moved", "-");
    assertEquals(0, made.exitCode(), made.err());
    assertEquals(
        shell.talea("digest", "--db-url", url).out(), shell.talea("digest", "moved").out());
    assertEquals(lines, shell.talea("export", "moved").out());
    assertEquals(0, shell.talea("verify", "moved").exitCode());
    shell.taleaWithInput(lines, "import", "--db-url", "log://again", "-");
    assertEquals("The same events in both.\n", shell.talea("diff", "moved", "again").out());
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("moved"), LogStoreSettings.DEFAULTS)) {
      store.commit("книга", List.of(move("книга", "more", "p", "q", 1, "EUR")), false).join();
      store.openAccount(account("only accounts", "q", "EUR")).join();
    }
    assertEquals(0, shell.talea("verify", "moved").exitCode());
  }

  @Test
  void whatIsNoLedgerIsNotImported() {
    String lines = shell.talea("export", "ledger").out();
    for (String[] wrong :
        new String[][] {
          {"\"minor\":3", "\"minor\":4"},
          {"\"asset\":\"EUR\"", "\"asset\":\"EUX\""},
          {"\"id\":\"01", "\"id\":\"02"},
          {"\"idempotency_key\":\"k2\"", "\"idempotency_key\":\"k1\""}
        }) {
      String target = "log://wrong" + Integer.toHexString(wrong[1].hashCode());
      String changed = lines.replaceFirst(Pattern.quote(wrong[0]), wrong[1]);
      Result refused = shell.taleaWithInput(changed, "import", "--db-url", target, "-");
      assertEquals(1, refused.exitCode(), wrong[1] + refused.out());
      assertTrue(!Files.exists(directory.resolve(target.substring(6))), wrong[1]);
    }
    assertEquals(2, shell.talea("import", "--db-url", "log://", "-").exitCode());
    assertEquals(1, shell.taleaWithInput("", "import", "--db-url", "log://none", "-").exitCode());
    assertTrue(!Files.exists(directory.resolve("none.importing")));
  }

  @Test
  void inspectShowsWhatLiesThere() {
    Result json = shell.talea("inspect", "ledger");
    assertEquals(0, json.exitCode(), json.err());
    assertTrue(json.out().contains("{\"book\":\"shop\",\"log_id\":\""), json::out);
    assertTrue(json.out().contains("\"last_seq\":8"), json::out);
    Result table = shell.talea("inspect", "ledger", "--book", "shop", "--output", "table");
    assertTrue(table.out().contains("00000000000000000001.log"), table::out);
  }

  @Test
  void whatIsNotThereOrDamagedIsSaidInASentence() throws IOException {
    copy("copy");
    change("copy", 4096 + 400);
    for (String[] command :
        new String[][] {
          {"verify", "nowhere"},
          {"verify", "."},
          {"verify", "ledger", "--book", "none"},
          {"replay", "ledger", "--book", "none"},
          {"replay", "ledger", "--book", "shop", "--to-seq", "99"},
          {"replay", "copy", "--book", "shop"},
          {"inspect", "copy"},
          {"diff", "ledger", "copy"}
        }) {
      Result refused = shell.talea(command);
      assertEquals(1, refused.exitCode(), String.join(" ", command));
      assertTrue(refused.err().contains("talea " + command[0] + ": "), refused::err);
      assertTrue(!refused.err().contains("\tat "), refused::err);
    }
    // The head of a book does not say which one, in other than letters of a folder.
    Files.writeString(
        directory.resolve("x"), shell.talea("head", "ledger", "--book", "shop").out());
    assertEquals(2, shell.talea("verify", "ledger", "--since-head", "x").exitCode());
  }
}
