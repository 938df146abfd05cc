// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.export.Export;
import dev.talea.server.Daemon;
import dev.talea.server.settings.Settings;
import dev.talea.tools.TestShell.Result;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} and {@code digest} of a SQLite ledger, beside the server that has it open. */
@Timeout(60)
@Tag("slow")
class ExportCommandTest {
  private static final String TOKEN = "a-token-for-tests";

  @TempDir private static Path directory;
  private static Daemon daemon;
  private static TestShell shell;
  private static String dbUrl;

  @BeforeAll
  static void start() {
    dbUrl = "sqlite://" + directory.resolve("talea.db");
    daemon =
        Daemon.start(
            Settings.of(
                Map.of(
                    "TALEA_DB_URL",
                    dbUrl,
                    "TALEA_BIND",
                    "127.0.0.1:0",
                    "TALEA_API_TOKEN",
                    TOKEN,
                    "TALEA_CREATE",
                    "true"),
                Map.of()));
    String url = "http://127.0.0.1:" + daemon.address().getPort();
    shell = new TestShell(directory, Map.of("TALEA_URL", url, "TALEA_TOKEN", TOKEN));
    quiet("asset", "register", "--id", "EUR", "--class", "fiat", "--precision", "2", "--name", "E");
    for (String path : List.of("cash", "sales\u202e")) {
      quiet(
          "account", "open", "--book", "shop", "--path", path, "--asset", "EUR", "--kind", "asset");
    }
    assertEquals(
        0,
        shell
            .talea(
                "post",
                "--book",
                "shop",
                "--idem",
                "k",
                "--debit",
                "cash:EUR:4990",
                "--credit",
                "sales\u202e:EUR:4990")
            .exitCode());
  }

  @AfterAll
  static void stop() {
    daemon.stop();
  }

  private static void quiet(String... arguments) {
    assertEquals(new Result(0, "", ""), shell.talea(arguments));
  }

  private static Result export(String... more) {
    String[] all = new String[more.length + 3];
    System.arraycopy(new String[] {"export", "--db-url", dbUrl}, 0, all, 0, 3);
    System.arraycopy(more, 0, all, 3, more.length);
    return shell.talea(all);
  }

  private static String good(Result result) {
    assertEquals(0, result.exitCode(), result.err());
    assertEquals("", result.err());
    return result.out();
  }

  private static String usage(Result result) {
    assertEquals(2, result.exitCode(), result.out());
    assertEquals("", result.out());
    return result.err().lines().findFirst().orElse("");
  }

  @Test
  void everythingComesAsLinesAndItsHashIsTheDigest() throws Exception {
    String lines = good(export());
    assertEquals(4, lines.lines().count());
    assertTrue(lines.startsWith("{\"book\":\"_system\",\"seq\":1,"), lines);
    assertTrue(lines.endsWith("\"occurred_at\":null}}\n"), lines);
    String sha256 = sha256(lines);
    assertEquals(
        sha256 + "  4 events in 2 books\n", good(shell.talea("digest", "--db-url", dbUrl)));
    String shop = sha256(good(export("--book", "shop")));
    assertEquals(
        shop + "  3 events in 1 book\n",
        good(shell.talea("digest", "--db-url", dbUrl, "--book", "shop")));
    String each = good(shell.talea("digest", "--db-url", dbUrl, "--books"));
    assertTrue(each.contains("  1 event in _system\n" + shop + "  3 events in shop\n"), each);
    assertTrue(each.endsWith(sha256 + "  4 events in 2 books\n"), each);
  }

  private static String sha256(String text) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    return HexFormat.of().formatHex(hash);
  }

  @Test
  void eachFormatIsWritten() throws IOException {
    String hledger = good(export("--book", "shop", "--format", "hledger"));
    assertTrue(hledger.contains("account assets:shop:cash  ; type:A\n"), hledger);
    assertTrue(hledger.contains(" 49.90 EUR = 49.90 EUR\n"), hledger);
    String ledger = good(export("--format", "ledger"));
    assertTrue(ledger.contains("account assets:shop:sales%e2%80%ae\n"), ledger);
    String beancount = good(export("--format", "beancount", "--plugin-out", "talea_precision.py"));
    assertTrue(beancount.contains(" open Assets:Shop:Cash EUR\n"), beancount);
    assertEquals(
        Export.BEANCOUNT_PLUGIN_TEXT, Files.readString(directory.resolve("talea_precision.py")));
    String csv = good(export("--format", "csv", "--book", "shop", "--account", "cash", "--excel"));
    assertTrue(csv.startsWith("\uFEFFbook,account,"), csv);
    assertEquals(2, csv.lines().count());
    String camt =
        good(
            export(
                "--format",
                "camt053",
                "--book",
                "shop",
                "--account",
                "cash",
                "--from",
                "2020-01-01",
                "--to",
                "2120-01-01",
                "--zone",
                "Europe/Prague"));
    assertTrue(camt.contains("<Amt Ccy=\"EUR\">49.90</Amt>"), camt);
    String none =
        good(export("--format", "hledger", "--from", "2120-01-01", "--opening", "--book", "shop"));
    assertTrue(none.contains("2120-01-01 * opening balance\n"), none);
  }

  @Test
  void onATerminalNamesDoNotReorderWhatIsShown() {
    Result shown = shell.taleaOnTerminal("export", "--db-url", dbUrl, "--book", "shop");
    assertTrue(shown.out().contains("sales\\u202e"), shown.out());
    assertFalse(shown.out().contains("\u202e"));
    assertTrue(good(export("--book", "shop")).contains("sales\u202e"));
  }

  @Test
  void whatDoesNotFitTogetherIsSaidBeforeAnythingIsOpened() {
    assertEquals("talea export: --excel is for csv", usage(export("--excel")));
    assertEquals(
        "talea export: --plugin-out is for beancount", usage(export("--plugin-out", "x.py")));
    assertEquals(
        "talea export: --account is a path within a book: give its --book",
        usage(export("--format", "csv", "--account", "cash")));
    assertTrue(usage(export("--format", "camt053")).contains("give --book, --account, --from"));
    assertTrue(usage(export("--from", "2026-01-01")).contains("not for ndjson"));
    assertTrue(
        usage(export("--format", "csv", "--from", "yesterday"))
            .contains("'yesterday' is not a date such as 2026-01-31"));
    assertTrue(usage(export("--format", "csv", "--zone", "Mars")).contains("not a time zone"));
    assertTrue(usage(export("--format", "pdf")).contains("'pdf' is none of ndjson, hledger,"));
    assertTrue(usage(shell.talea("export")).contains("--db-url"));
    assertTrue(
        usage(export("--format", "csv", "--from", "2026-01-02", "--to", "2026-01-02"))
            .contains("There is no day from 2026-01-02 to 2026-01-02"));
  }

  @Test
  void whatIsNotThereIsSaidAndNothingIsMade() {
    Result result = export("--book", "none");
    assertEquals(
        new Result(1, "", "talea export: There is no book 'none' in this ledger.\n"), result);
    Path missing = directory.resolve("missing.db");
    result = shell.talea("export", "--db-url", "sqlite://" + missing);
    assertEquals(1, result.exitCode());
    assertTrue(result.err().contains("There is no ledger at "), result.err());
    assertFalse(Files.exists(missing));
    result = shell.talea("digest", "--db-url", "log://" + missing);
    assertEquals(1, result.exitCode());
    assertFalse(Files.exists(missing));
    assertEquals(1, shell.talea("export", "--db-url", "log://" + directory).exitCode());
  }

  @Test
  void aReaderThatHasSeenEnoughIsNoFailure() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    for (String format : List.of("ndjson", "hledger", "csv")) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      Shell broken =
          new Shell(
              new ByteArrayInputStream(new byte[0]),
              new Out(closed),
              new PrintStream(err, true, UTF_8),
              Map.of(),
              directory,
              false,
              false);
      int code =
          Main.run("talea", List.of("export", "--db-url", dbUrl, "--format", format), broken);
      assertEquals(141, code);
      assertEquals("", err.toString(UTF_8));
    }
  }
}
