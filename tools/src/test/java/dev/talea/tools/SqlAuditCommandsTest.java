// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.jdbc.AllKinds;
import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.SqlStoreObserver;
import dev.talea.jdbc.SqlStoreSettings;
import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.tools.TestShell.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The auditor's commands on ledgers in databases, and between them and logs. */
@Tag("slow")
class SqlAuditCommandsTest {
  @TempDir private Path directory;
  private TestShell shell = new TestShell(Path.of(""), Map.of());

  @BeforeEach
  void writeALedger() {
    shell = new TestShell(directory, Map.of());
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      AllKinds.tell(store);
    }
  }

  private String sqlite(String name) {
    return "sqlite://" + directory.resolve(name);
  }

  private Result ok(Result result) {
    assertEquals(0, result.exitCode(), () -> result.out() + result.err());
    return result;
  }

  private String lines(String... ledger) {
    List<String> words = new ArrayList<>(List.of("export"));
    words.addAll(List.of(ledger));
    return ok(shell.talea(words.toArray(String[]::new))).out();
  }

  private Result moved(String lines, String url) {
    return shell.taleaWithInput(lines, "import", "--db-url", url, "-");
  }

  private void isRight(String url) {
    Result verdict = ok(shell.talea("verify", "--db-url", url));
    assertTrue(verdict.out().contains("\nRIGHT: "), verdict::out);
  }

  /** Log, PostgreSQL, SQLite, log. */
  @Test
  void aLedgerIsTheSameInAllPlacesAndComesBack() throws Exception {
    String postgres = TestPostgres.newDatabaseUrl();
    String first = lines("ledger");
    ok(moved(first, postgres));
    String second = lines("--db-url", postgres);
    ok(moved(second, sqlite("moved.db")));
    String third = lines("--db-url", sqlite("moved.db"));
    ok(moved(third, "log://back"));
    String fourth = lines("back");
    assertEquals(first, second);
    assertEquals(first, third);
    assertEquals(first, fourth);
    String digest = ok(shell.talea("digest", "ledger")).out();
    assertEquals(digest, ok(shell.talea("digest", "--db-url", postgres)).out());
    assertEquals(digest, ok(shell.talea("digest", "--db-url", sqlite("moved.db"))).out());
    assertEquals(digest, ok(shell.talea("digest", "back")).out());
    for (String book : List.of(AllKinds.BOOK, AllKinds.HOSTILE, AllKinds.ONLY_ACCOUNTS)) {
      assertEquals(
          ok(shell.talea("head", "ledger", "--book", book)).out(),
          ok(shell.talea("head", "back", "--book", book)).out());
    }
    isRight(postgres);
    isRight(sqlite("moved.db"));
    ok(shell.talea("verify", "ledger"));
    ok(shell.talea("verify", "back"));
    // Into what holds something nothing is imported.
    for (String url : List.of(postgres, sqlite("moved.db"))) {
      Result again = moved(first, url);
      assertEquals(1, again.exitCode());
      assertTrue(again.err().contains("already: a ledger is imported into a new"), again::err);
      isRight(url);
    }
  }

  @Test
  void whatIsNoLedgerIsNotThere() throws Exception {
    String lines = lines("ledger");
    String postgres = TestPostgres.newDatabaseUrl();
    int end = lines.length();
    for (String wrong :
        List.of(
            lines.replaceFirst("\"minor\":5,", "\"minor\":6,"),
            lines.replaceFirst("\"asset\":\"JPY\"", "\"asset\":\"JPX\""),
            lines.replaceFirst("\"id\":\"01", "\"id\":\"02"),
            lines.replaceFirst("\"idempotency_key\":\"k2\"", "\"idempotency_key\":\"k1\""),
            lines.substring(0, end - 1),
            lines.substring(0, end - 100),
            "")) {
      for (String url : List.of(sqlite("wrong.db"), postgres)) {
        Result refused = moved(wrong, url);
        assertEquals(1, refused.exitCode(), refused::out);
        assertFalse(refused.err().contains("\tat "), refused::err);
        Result none = shell.talea("digest", "--db-url", url);
        assertEquals(1, none.exitCode(), none::out);
        assertTrue(none.err().contains("There is no ledger at "), none::err);
      }
    }
    ok(moved(lines, sqlite("wrong.db")));
    ok(moved(lines, postgres));
  }

  @Test
  void verifyNamesWhatIsWrongInADatabase() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String url = TestPostgres.url(target);
    ok(moved(lines("ledger"), url));
    Result book = ok(shell.talea("verify", "--db-url", url, "--book", AllKinds.BOOK, "--gentle"));
    assertFalse(book.out().contains("only accounts"), book::out);
    assertTrue(book.out().contains("shop: 0.18 EUR debited and credited\n"), book::out);
    TestPostgres.execute(target, "UPDATE talea_posting SET balance = 77 WHERE seq = 13");
    Result wrong = shell.talea("verify", "--db-url", url);
    assertEquals(3, wrong.exitCode(), wrong::err);
    assertTrue(
        wrong
            .out()
            .contains(
                "WRONG    book 'shop': talea_posting, seq 13, ordinal 0, account 'kind:expense':"
                    + " balance is 77, should be 5\n"),
        wrong::out);
    assertTrue(wrong.out().contains("\nWRONG: keep the tables as they are"), wrong::out);
    assertEquals(1, shell.talea("verify", "--db-url", url, "--book", "none").exitCode());
    Result heads = shell.talea("verify", "--db-url", url, "--book", "shop", "--since-head", "x");
    assertEquals(2, heads.exitCode());
    assertTrue(heads.err().contains("--since-head is for ledgers in logs"), heads::err);
    assertEquals(2, shell.talea("verify", "ledger", "--db-url", url).exitCode());
    assertEquals(2, shell.talea("verify").exitCode());
    ok(shell.talea("verify", "--db-url", "log://ledger"));
  }

  /** Also where the tables would have to be made or brought up to date first. */
  @Test
  void whoOnlyLooksMakesNothing() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String postgres = TestPostgres.url(target);
    for (String url : List.of(sqlite("none.db"), postgres)) {
      for (String command : List.of("export", "digest", "verify")) {
        Result none = shell.talea(command, "--db-url", url);
        assertEquals(1, none.exitCode(), none::out);
        assertTrue(none.err().contains("There is no ledger at "), none::err);
      }
    }
    assertFalse(Files.exists(directory.resolve("none.db")));
    assertEquals(
        "0", TestPostgres.ask(target, "SELECT count(*) FROM pg_class WHERE relname LIKE 'talea%'"));
  }

  /** A server may be running. */
  @Test
  void aLedgerInUseIsLookedAtAsItIs() {
    Path file = directory.resolve("used.db");
    ok(moved(lines("ledger"), "sqlite://" + file));
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      String before = ok(shell.talea("digest", "--db-url", "sqlite://" + file)).out();
      store.registerAsset(Drafts.fiat("more")).join();
      isRight("sqlite://" + file);
      assertFalse(ok(shell.talea("digest", "--db-url", "sqlite://" + file)).out().equals(before));
    }
  }

  @Test
  void aSqliteLedgerIsCopiedBesideItsServer() throws Exception {
    Path file = directory.resolve("used.db");
    ok(moved(lines("ledger"), "sqlite://" + file));
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      store.registerAsset(Drafts.fiat("more")).join();
      Result made = ok(shell.talea("backup", "--db-url", "sqlite://" + file, "copy.db"));
      assertTrue(
          made.out().matches("Copied \\d+ events in 4 books, and checked them\\.\n"), made::out);
      assertEquals(
          ok(shell.talea("digest", "--db-url", "sqlite://" + file)).out(),
          ok(shell.talea("digest", "--db-url", sqlite("copy.db"))).out());
    }
    assertEquals(
        "[OWNER_READ, OWNER_WRITE]",
        new TreeSet<>(Files.getPosixFilePermissions(directory.resolve("copy.db"))).toString());
    Result again = shell.talea("backup", "--db-url", "sqlite://" + file, "copy.db");
    assertEquals(1, again.exitCode());
    assertTrue(again.err().contains("copy.db is there already"), again::err);
    Files.createFile(directory.resolve("other.db.part"));
    Result unfinished = shell.talea("backup", "--db-url", "sqlite://" + file, "other.db");
    assertTrue(unfinished.err().contains("of a backup that was not finished"), unfinished::err);
    // A copy goes on as the ledger that it is.
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(
            directory.resolve("copy.db"), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      store.registerAsset(Drafts.fiat("even more")).join();
    }
    isRight(sqlite("copy.db"));
    assertEquals(1, shell.talea("backup", "--db-url", sqlite("none.db"), "x.db").exitCode());
    assertFalse(Files.exists(directory.resolve("none.db")));
  }

  @Test
  void aLedgerThatIsWrongIsNotCopied() throws Exception {
    Path file = directory.resolve("wrong.db");
    ok(moved(lines("ledger"), "sqlite://" + file));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE talea_posting SET balance = 77 WHERE seq = 13");
    }
    Result refused = shell.talea("backup", "--db-url", "sqlite://" + file, "copy.db");
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("balance is 77, should be 5"), refused::err);
    try (var left = Files.list(directory)) {
      assertFalse(left.anyMatch(each -> each.getFileName().toString().startsWith("copy.db")));
    }
  }

  /** PostgreSQL has tools of its own; the command says which, without the password. */
  @Test
  void howAPostgresLedgerIsCopiedIsSaid() {
    Result said =
        shell.talea("backup", "--db-url", "postgres://u:secret@h:1/d?schema=it%27s", "x.dump");
    assertEquals(2, said.exitCode());
    assertTrue(
        said.err()
            .contains(
                "  pg_dump --format=custom --schema='it'\\''s' --file='x.dump'"
                    + " 'postgres://u@h:1/d'\n"),
        said::err);
    assertTrue(
        said.err()
            .contains("  talea verify --db-url 'postgres://u@h:1/talea_restored?schema=it%27s'\n"),
        said::err);
    assertFalse(said.err().contains("secret"), said::err);
    assertEquals(1, shell.talea("backup", "nowhere", "x").exitCode());
    assertEquals(2, shell.talea("backup", "x").exitCode());
    assertEquals(2, shell.talea("backup", "ledger", "--db-url", sqlite("a.db"), "x").exitCode());
  }
}
