// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.tools.TestShell.Result;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every command against a real server over a real log, in this process. */
@Timeout(60)
@Tag("slow")
class CliTest {
  @TempDir private static Path directory;
  private static ServedShell served;
  private static String url;
  private static TestShell shell;
  private static final AtomicInteger BOOKS = new AtomicInteger();

  /** A book of its own for each test. */
  private final String book = "book" + BOOKS.incrementAndGet();

  @BeforeAll
  static void start() {
    served = new ServedShell(directory, Map.of());
    url = served.url();
    shell = served.shell();
  }

  @AfterAll
  static void stop() {
    served.close();
  }

  private static void quiet(String... arguments) {
    served.quiet(arguments);
  }

  private void open(String path, String... more) {
    String[] arguments = {
      "account", "open", "--book", book, "--path", path, "--asset", "EUR", "--kind", "asset"
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    quiet(all);
  }

  private Result post(String key, String... more) {
    String[] arguments = {"post", "--book", book, "--idem", key};
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return shell.talea(all);
  }

  // --- writing ---

  @Test
  void registeringAndOpeningPrintNothingAndMayBeRepeated() {
    for (int i = 0; i < 2; i++) {
      quiet(
          "asset",
          "register",
          "--id",
          "ETH",
          "--class",
          "crypto",
          "--precision",
          "18",
          "--name",
          "Ether",
          "--network",
          "ethereum");
      open(
          "a:b/c",
          "--normal-side",
          "credit",
          "--min-balance",
          "-170141183460469231731687303715884105727");
    }
    Result other =
        shell.talea(
            "asset",
            "register",
            "--id",
            "ETH",
            "--class",
            "fiat",
            "--precision",
            "18",
            "--name",
            "Ether");
    assertEquals(
        new Result(1, "", "{\"error\":\"already_exists\",\"what\":\"asset ETH\"}\n"), other);
  }

  @Test
  void postingsAreSplitFromTheRightAndPostedDebitsFirst() {
    open("till:1");
    open("sales");
    Result posted = post("k", "--credit", "sales:EUR:7", "--debit", "till:1:EUR:7");
    assertEquals(0, posted.exitCode(), posted.err());
    assertTrue(posted.out().contains("\"seq\": 3,"), posted.out());
    String tx = posted.out().replaceAll("(?s).*\"tx_id\": \"([^\"]*)\".*", "$1");
    String shown = shell.talea("tx", tx).out();
    assertTrue(shown.indexOf("till:1") < shown.indexOf("sales"), shown);
    assertTrue(shown.contains("\"minor\": 7"), shown);
    // Any spelling of a UUID will do.
    assertEquals(shown, shell.talea("tx", "{" + tx.toUpperCase(java.util.Locale.ROOT) + "}").out());
    assertEquals(shown, shell.talea("tx", tx.replace("-", "")).out());
  }

  @Test
  void optionsWinOverTheDraftAndAnyPostingReplacesAllOfThem() throws IOException {
    open("a");
    open("b");
    open("c");
    String draft =
        "{\"book\":\"elsewhere\",\"idempotency_key\":\"old\",\"postings\":["
            + "{\"account\":\"a\",\"amount\":{\"minor\":1,\"asset\":\"EUR\"},\"direction\":\"debit\"},"
            + "{\"account\":\"b\",\"amount\":{\"minor\":1,\"asset\":\"EUR\"},\"direction\":\"credit\"}],"
            + "\"external_refs\":[{\"kind\":\"k\",\"value\":\"v, {[\\\"\"}],"
            + "\"metadata\":{\"n\": 1.50}}";
    Files.writeString(directory.resolve("draft.json"), draft);
    Result first = shell.talea("post", "--draft", "draft.json", "--book", book, "--idem", "new");
    assertEquals(0, first.exitCode(), first.err());
    Result second =
        shell.taleaWithInput(
            "{\"external_refs\":[]}",
            "post",
            "--draft",
            "-",
            "--book",
            book,
            "--idem",
            "k2",
            "--metadata",
            "[1e3]",
            "--occurred-at",
            "2026-01-02T03:04:05+01:00",
            "--debit",
            "c:EUR:2",
            "--credit",
            "a:EUR:2");
    assertEquals(0, second.exitCode(), second.err());

    String events = events(5);
    assertTrue(events.contains("\"idempotency_key\":\"new\""), events);
    assertTrue(events.contains("{\"kind\":\"k\",\"value\":\"v, {[\\\"\"}"), events);
    assertTrue(events.contains("\"metadata\":{\"n\":1.50}"), events);
    assertTrue(events.contains("\"metadata\":[1e3]"), events);
    assertTrue(events.contains("\"occurred_at\":\"2026-01-02T02:04:05Z\""), events);
    Result balance = shell.talea("balance", "--book", book, "--path", "a");
    assertTrue(balance.out().contains("\"balance\": \"-0.01\""), balance.out());
  }

  @Test
  void aDraftThatIsNoneIsRefusedWithItsReason() throws IOException {
    Result nonsense = shell.taleaWithInput("[]", "post", "--draft", "-", "--book", book);
    assertEquals(1, nonsense.exitCode());
    assertTrue(nonsense.err().startsWith("{\"error\":\"invalid_draft\",\"field\":\"body\""));
    Result missing = shell.talea("post", "--draft", "nowhere.json");
    assertEquals(2, missing.exitCode());
    assertTrue(missing.err().contains("there is no file nowhere.json"), missing.err());
  }

  @Test
  void aKeyIsNeverMadeUp() {
    Result result = shell.talea("post", "--book", book, "--debit", "a:EUR:1");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("--idem must be given"), result.err());
  }

  // --- reading ---

  @Test
  void answersAreTheContractsOwnLaidOutForReading() {
    open("a");
    open("b", "--normal-side", "credit");
    post("k", "--debit", "a:EUR:1250", "--credit", "b:EUR:1250");
    assertEquals(
        "{\n  \"account\": \""
            + book
            + ":b\",\n  \"asset\": \"EUR\",\n  \"balance\": \"12.50\",\n"
            + "  \"as_of\": null,\n  \"updated_seq\": 3\n}\n",
        shell.talea("balance", "--book", book, "--path", "b").out());
    assertEquals(
        "{\n  \"account\": \""
            + book
            + ":b\",\n  \"asset\": \"EUR\",\n  \"balance\": \"0.00\",\n"
            + "  \"as_of\": \"2026-01-01T00:00:00Z\",\n  \"updated_seq\": 0\n}\n",
        shell
            .talea("balance", "--book", book, "--path", "b", "--as-of", "2026-01-01T01:00:00+01:00")
            .out());
    assertEquals(
        "{\n  \"book\": \""
            + book
            + "\",\n  \"as_of\": null,\n  \"lines\": [\n    {\n"
            + "      \"asset\": \"EUR\",\n      \"debits\": 1250,\n      \"credits\": 1250\n"
            + "    }\n  ]\n}\n",
        shell.talea("trial-balance", "--book", book).out());
    String empty = shell.talea("history", "--book", book, "--path", "a", "--after-seq", "3").out();
    assertEquals("{\n  \"items\": [],\n  \"next\": null\n}\n", empty);
  }

  @Test
  void whatThereIsIsListedPageByPage() {
    open("a:1");
    open("a:2");
    open("b");
    post("k", "--debit", "a:1:EUR:1250", "--credit", "a:2:EUR:1250");
    assertEquals(
        """
        account  balance  asset  kind   updated
        a:1        12.50  EUR    asset  seq 4
        more: --after a:1
        """,
        shell.taleaOnTerminal("accounts", "--book", book, "--prefix", "a:", "--limit", "1").out());
    assertEquals(
        "account  balance  asset  kind   updated\na:2       -12.50  EUR    asset  seq 4\n",
        shell
            .taleaOnTerminal("accounts", "--book", book, "--prefix", "a:", "--after", "a:1")
            .out());
    String transactions = shell.taleaOnTerminal("transactions", "--book", book).out();
    assertTrue(
        transactions.matches(
            """
            seq  at +postings  transaction
              4  \\S+Z +2  [-0-9a-f]{36}
            """),
        transactions);
    assertEquals(
        "{\n  \"items\": [],\n  \"next\": null\n}\n",
        shell.talea("transactions", "--book", book, "--after-seq", "4").out());
    assertTrue(shell.talea("books", "--limit", "1000").out().contains("\"" + book + "\""));
    String books = shell.taleaOnTerminal("books", "--limit", "1000").out();
    assertTrue(books.startsWith("book "), books);
    assertTrue(books.contains(book), books);
    String assets = shell.taleaOnTerminal("assets").out();
    assertTrue(assets.matches("(?s)id +class +precision  name\n.*EUR +fiat +2 .*"), assets);
  }

  @Test
  void onATerminalThereAreTablesUnlessJsonIsAskedFor() {
    open("a");
    open("b");
    post("k", "--debit", "a:EUR:1250", "--credit", "b:EUR:1250");
    post("l", "--debit", "a:EUR:5", "--credit", "b:EUR:5");
    String[] balance = {"balance", "--book", book, "--path", "a"};
    assertEquals(
        "account  " + book + ":a\nbalance  12.55 EUR\nas of    now\nupdated  seq 4\n",
        shell.taleaOnTerminal(balance).out());
    String history =
        shell.taleaOnTerminal("history", "--book", book, "--path", "b", "--limit", "1").out();
    assertTrue(
        history.matches(
            """
            seq  at +debit  credit  asset  transaction
              3  \\S+Z +12\\.50  EUR    [-0-9a-f]{36}
            more: --after-seq 3
            """),
        history);
    assertEquals(
        "asset  debits  credits\nEUR     12.55    12.55  balanced\n",
        shell.taleaOnTerminal("trial-balance", "--book", book).out());
    assertTrue(
        shell
            .taleaOnTerminal("--output", "json", "trial-balance", "--book", book)
            .out()
            .startsWith("{"));
    assertTrue(
        shell
            .talea("trial-balance", "--book", book, "--output", "table")
            .out()
            .startsWith("asset"));
  }

  @Test
  void aTransactionTableShowsEverythingThatIsKnown() {
    open("a");
    open("b");
    Result posted =
        shell.taleaWithInput(
            "{\"external_refs\":[{\"kind\":\"invoice\",\"value\":\"7\"}]}",
            "post",
            "--draft",
            "-",
            "--book",
            book,
            "--idem",
            "k",
            "--debit",
            "a:EUR:5",
            "--credit",
            "b:EUR:5",
            "--metadata",
            "{\"x\":1}");
    String tx = posted.out().replaceAll("(?s).*\"tx_id\": \"([^\"]*)\".*", "$1");
    String table = shell.taleaOnTerminal("tx", tx).out();
    assertTrue(
        table.matches(
            "transaction  \\S{36}\nbook         "
                + book
                + "\nseq          3\nat           \\S+Z\nref invoice  7\n"
                + "metadata     \\{\"x\":1}\n\naccount  debit  credit  asset\n"
                + "a         0.05          EUR\nb                 0.05  EUR\n"),
        table);
  }

  @Test
  void whatIsNotThereIsAnEnvelopeOnOneLineAndExitCode1() {
    open("a");
    assertEquals(
        new Result(1, "", "{\"error\":\"unknown_account\",\"account\":\"" + book + ":nope\"}\n"),
        shell.talea("balance", "--book", book, "--path", "nope"));
    assertEquals(
        new Result(
            1,
            "",
            "{\"error\":\"not_found\",\"what\":\"transaction"
                + " 00000000-0000-0000-0000-000000000000\"}\n"),
        shell.talea("tx", "00000000-0000-0000-0000-000000000000"));
    assertUsage("'7' is not the id of a transaction, a UUID", "tx", "7");
  }

  @Test
  void tailPrintsALineOfJsonPerEventAndEndsWhenNobodyReadsThem() {
    open("a");
    open("b");
    assertEquals(2, events(2).lines().count());
    post("k", "--debit", "a:EUR:5", "--credit", "b:EUR:5");
    String last = events(1, "--from", "3");
    assertTrue(last.startsWith("{\"seq\":3,"), last);
  }

  private String events(int lines) {
    return events(lines, "--from", "1");
  }

  /** The first lines of tail, whose reader then goes away, as head does. */
  private String events(int lines, String... more) {
    StringBuilder text = new StringBuilder();
    OutputStream reader =
        new OutputStream() {
          private int seen;

          @Override
          public void write(int b) throws IOException {
            throw new IOException("tail writes whole pieces");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            text.append(new String(bytes, offset, length, StandardCharsets.UTF_8));
          }

          @Override
          public void flush() throws IOException {
            seen = (int) text.chars().filter(c -> c == '\n').count();
            if (seen >= lines) {
              throw new IOException("Broken pipe");
            }
          }
        };
    Shell tail =
        new Shell(
            new ByteArrayInputStream(new byte[0]),
            new Out(reader),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            Map.of("TALEA_URL", url, "TALEA_TOKEN", ServedShell.TOKEN),
            directory,
            false,
            false);
    String[] first = {"tail", "--book", book};
    String[] arguments = java.util.Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, arguments, first.length, more.length);
    assertEquals(Main.PIPE_CLOSED, Main.run("talea", List.of(arguments), tail));
    return text.toString();
  }

  // --- who and where ---

  @Test
  void anOptionAfterTheCommandWinsOverOneBeforeItAndThatOverTheEnvironment() {
    TestShell elsewhere =
        new TestShell(directory, Map.of("TALEA_URL", "http://127.0.0.1:1", "TALEA_TOKEN", "wrong"));
    Result result =
        elsewhere.talea(
            "--url",
            "http://127.0.0.1:2",
            "--token",
            ServedShell.TOKEN,
            "trial-balance",
            "--url",
            url,
            "--book",
            book);
    assertEquals(0, result.exitCode(), result.err());
  }

  private static final String LINE_OF_A_DRAFT =
      "{\"book\":\"b\",\"idempotency_key\":\"k\",\"postings\":[{\"account\":\"a\",\"amount\":"
          + "{\"minor\":1,\"asset\":\"EUR\"},\"direction\":\"debit\"},{\"account\":\"b\",\"amount\":"
          + "{\"minor\":1,\"asset\":\"EUR\"},\"direction\":\"credit\"}]}\n";

  @Test
  void aWrongTokenAndNoTokenAreUnauthorized() throws IOException {
    for (TestShell stranger :
        List.of(
            new TestShell(directory, Map.of("TALEA_URL", url, "TALEA_TOKEN", "wrong")),
            new TestShell(directory, Map.of("TALEA_URL", url, "TALEA_TOKEN", "")),
            new TestShell(directory, Map.of("TALEA_URL", url)))) {
      Result result = stranger.talea("trial-balance", "--book", book);
      assertEquals(1, result.exitCode());
      assertTrue(result.err().startsWith("{\"error\":\"unauthorized\"}\n"), result.err());
    }
    TestShell stranger = new TestShell(directory, Map.of("TALEA_URL", url));
    Files.writeString(directory.resolve("one.jsonl"), LINE_OF_A_DRAFT);
    String loaded = stranger.talea("load", "one.jsonl").err();
    assertTrue(loaded.contains("{\"error\":\"unauthorized\"}"), loaded);
    assertTrue(loaded.contains("talea load: No token was given."), loaded);
    assertEquals(
        new Result(1, "", "{\"error\":\"unauthorized\"}\n"),
        shell.talea("--token", "wrong", "trial-balance", "--book", book));
  }

  @Test
  void theSettingsOfAServerHereServeItsClientsAndItsTokenGoesNowhereElse() throws IOException {
    Path place = Files.createDirectory(directory.resolve("settings"));
    int port = URI.create(url).getPort();
    TestShell here = new TestShell(place, Map.of("TALEA_TOKEN", ""));
    Result lost = here.talea("--url", url, "trial-balance", "--book", book);
    assertTrue(lost.err().contains("TALEA_API_TOKEN of the .env"), lost.err());
    assertEquals(2, lost.err().lines().count(), lost.err());
    String token = "TALEA_API_TOKEN=" + ServedShell.TOKEN + "\n";
    Files.writeString(place.resolve(".env"), token + "TALEA_BIND=0.0.0.0:" + port + "\n");
    assertEquals(0, here.talea("trial-balance", "--book", book).exitCode());
    String local = "http://localhost:" + port;
    assertEquals(0, here.talea("--url", local, "trial-balance", "--book", book).exitCode());
    Files.writeString(place.resolve(".env"), token + "TALEA_BIND=127.0.0.1:1\n");
    Result other = here.talea("--url", url, "trial-balance", "--book", book);
    assertEquals(1, other.exitCode(), "the token of one server must not be shown to another");
    assertTrue(other.err().contains("that one is for http://127.0.0.1:1, not for"), other.err());
    assertFalse(other.err().contains(ServedShell.TOKEN), other.err());
  }

  @Test
  void amountsAreStringsForThoseWhoAsk() {
    open("a", "--min-balance", "0");
    open("b");
    post("k", "--debit", "a:EUR:1250", "--credit", "b:EUR:1250");
    String balance = shell.talea("trial-balance", "--book", book, "--amounts", "string").out();
    assertTrue(balance.contains("\"debits\": \"1250\""), balance);
    Result refused =
        post("l", "--amounts", "string", "--debit", "b:EUR:1251", "--credit", "a:EUR:1251");
    assertTrue(refused.err().contains("\"would_be\":\"-1\""), refused.err());
    assertTrue(events(1, "--from", "3", "--amounts", "string").contains("\"minor\":\"1250\""));
    assertEquals(
        "asset  debits  credits\nEUR     12.50    12.50  balanced\n",
        shell.taleaOnTerminal("trial-balance", "--book", book, "--amounts", "string").out());
  }

  @Test
  void namesCannotCommandATerminal() {
    open("a\u202eb");
    String table = shell.taleaOnTerminal("accounts", "--book", book).out();
    assertTrue(table.contains("a\\u202eb"), table);
    String[] json = {"accounts", "--book", book, "--output", "json"};
    assertTrue(shell.taleaOnTerminal(json).out().contains("a\\u202eb"));
    assertTrue(shell.talea(json).out().contains("a\u202eb"), "as it is for programs");
  }

  @Test
  void aServerThatIsNotThereIsUnavailableAndNamed() {
    Result result =
        shell.talea("--url", "http://127.0.0.1:1", "balance", "--book", "b", "--path", "p");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().startsWith("{\"error\":\"unavailable\",\"reason\":"), result.err());
    assertTrue(result.err().contains("http://127.0.0.1:1"), result.err());
    assertEquals(1, result.err().lines().count());
  }

  // --- mistakes ---

  @Test
  void mistakesAreToldInASentenceWithExitCode2() {
    assertUsage("there is no command 'frobnicate'", "frobnicate");
    assertUsage("there is no command 'posst'; did you mean 'post'?", "posst", "--book", "b");
    assertUsage("no command 'opne'; did you mean 'open'?", "account", "opne");
    assertUsage("no option '--bok'; did you mean '--book'?", "balance", "--bok", "x");
    assertUsage("no option '--timeout'; did you mean '--timeout-secs'?", "--timeout", "2", "tx");
    assertUsage("no option '--pth'; did you mean '--path'?", "balance", "--book=b", "--pth=x");
    assertUsage("'x' is one too many", "trial-balance", "--book", "b", "x");
    assertUsage("'two' is not a whole number", "history", "--limit", "two");
    assertUsage("not a whole number of 0 or more", "history", "--limit", "-1");
    assertUsage("not a whole number of 64 bits", "tail", "--book", "b", "--from", "1e9");
    assertUsage("--metadata is no JSON", "post", "--book", "b", "--idem", "k", "--metadata", "{");
    assertUsage("--path", "balance", "--book", "b");
    assertUsage("'x' is not a time", "balance", "--book", "b", "--path", "p", "--as-of", "x");
    assertUsage(
        "is none of",
        "account",
        "open",
        "--book",
        "b",
        "--path",
        "p",
        "--asset",
        "EUR",
        "--kind",
        "pocket");
    assertUsage(
        "neither debit nor credit",
        "account",
        "open",
        "--book",
        "b",
        "--path",
        "p",
        "--asset",
        "EUR",
        "--kind",
        "asset",
        "--normal-side",
        "left");
    assertUsage("ACCOUNT:ASSET:MINOR", "post", "--book", "b", "--idem", "k", "--debit", "EUR:5");
    assertUsage("minor units", "post", "--book", "b", "--idem", "k", "--debit", "a:EUR:5.00");
    assertUsage(
        "needs --network",
        "asset",
        "register",
        "--id",
        "X",
        "--class",
        "crypto",
        "--precision",
        "0",
        "--name",
        "X");
    assertUsage(
        "--class crypto",
        "asset",
        "register",
        "--id",
        "X",
        "--class",
        "fiat",
        "--precision",
        "0",
        "--name",
        "X",
        "--network",
        "n");
    assertUsage("http://HOST:PORT", "--url", "localhost", "tx", "7");
    assertUsage("token", "--token", "", "tx", "7");
    assertUsage("--timeout-secs", "--timeout-secs", "0", "tx", "7");
    assertUsage("json, table", "--output", "xml", "tx", "7");
    assertUsage("there is no file", "load", "nowhere.jsonl");
    assertUsage("at least 1", "load", "-", "--batch", "0");
  }

  @Test
  void whatPeopleTryFirstIsFriendly() {
    assertEquals(shell.talea("--help"), shell.talea("help"));
    assertEquals(shell.talea("post", "--help"), shell.talea("help", "post"));
    assertEquals(shell.talea("--version"), shell.talea("version"));
    Result nothing = shell.talea();
    assertEquals(2, nothing.exitCode());
    assertTrue(nothing.err().startsWith("Usage: talea "), nothing.err());
    assertTrue(shell.talea("account").err().startsWith("Usage: talea account "));
    Result elsewhere = shell.talead("post", "--book", "b");
    assertEquals(2, elsewhere.exitCode());
    assertTrue(
        elsewhere.err().contains("'post' is a command of talea, not of talead: talea post"),
        elsewhere.err());
    String help = shell.talea("post", "--help").out();
    assertTrue(help.contains("Examples:") && help.contains("| talea post --draft -"), help);
    assertTrue(help.contains("TALEA_TOKEN"), help);
    assertTrue(shell.talea("serve", "--help").out().contains("TALEA_LOG_LEVEL"));
  }

  private static void assertUsage(String part, String... arguments) {
    Result result = shell.talea(arguments);
    assertEquals(2, result.exitCode(), result.err());
    assertEquals("", result.out());
    assertTrue(result.err().contains(part), result.err());
    assertTrue(result.err().contains("--help'."), result.err());
  }

  @Test
  void everyCommandHasHelp() {
    for (String command :
        List.of(
            "",
            "asset",
            "asset register",
            "account",
            "account open",
            "post",
            "load",
            "balance",
            "history",
            "tx",
            "assets",
            "books",
            "accounts",
            "transactions",
            "trial-balance",
            "tail",
            "clock",
            "clock accept",
            "projection",
            "projection list",
            "projection skip",
            "webhook",
            "webhook add",
            "webhook replay",
            "reconcile",
            "reconcile demo",
            "reconcile run",
            "reconcile verify",
            "head",
            "head keygen",
            "check",
            "init",
            "serve",
            "up",
            "config",
            "completions",
            "man")) {
      String[] words = (command.isEmpty() ? "--help" : command + " --help").split(" ", -1);
      Result result = shell.talea(words);
      assertEquals(0, result.exitCode(), result.err());
      assertTrue(result.out().startsWith("Usage: talea " + command), result.out());
      assertFalse(result.out().contains("\u001b["), "no colours when nobody looks");
      assertFalse(result.out().contains("${"), result.out());
    }
  }

  @Test
  void theClockIsAcceptedWithATokenForAllBooks() {
    Result accepted = shell.talea("clock", "accept");
    assertEquals(0, accepted.exitCode(), accepted.err());
    assertEquals("", accepted.out());
    Result refused = shell.talea("--token", "wrong", "clock", "accept");
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("unauthorized"), refused.err());
  }

  @Test
  void calledTaleadItShowsTheDaemonsCommandsOnly() {
    String help = shell.talead("--help").out();
    for (String command : List.of("init", "serve", "config", "up")) {
      assertTrue(help.contains("\n  " + command + " "), help);
    }
    assertFalse(help.contains("balance"), help);
    assertEquals(2, shell.talead("balance", "--book", "b", "--path", "p").exitCode());
    assertTrue(shell.talead("--version").out().startsWith("talea "));
  }

  @Test
  void helpAndVersionForAReaderThatIsGoneEndInSilence() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    for (String option : List.of("--help", "--version", "post --help", "completions bash")) {
      java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
      Shell nobody =
          new Shell(
              new ByteArrayInputStream(new byte[0]),
              new Out(gone),
              new PrintStream(err, true, StandardCharsets.UTF_8),
              Map.of(),
              directory,
              false,
              false);
      assertEquals(Main.PIPE_CLOSED, Main.run("talea", List.of(option.split(" ", -1)), nobody));
      assertEquals("", err.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void aFullDiskBehindStandardOutputIsAnErrorAndNoBrokenPipe() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
    Shell shellOnFullDisk =
        new Shell(
            new ByteArrayInputStream(new byte[0]),
            new Out(full),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of(),
            directory,
            false,
            false);
    assertEquals(1, Main.run("talea", List.of("--help"), shellOnFullDisk));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("No space left on device"));
  }

  @Test
  void configSaysWhereEachValueComesFromAndMasksTheToken() throws IOException {
    Path place = Files.createDirectory(directory.resolve("config"));
    Files.writeString(place.resolve(".env"), "TALEA_DB_URL=log://x\nTALEA_API_TOKEN=geheim\n");
    Result result = new TestShell(place, Map.of("TALEA_BIND", "127.0.0.1:9")).talead("config");
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().matches("(?s).*TALEA_BIND +127.0.0.1:9 +environment\n.*"));
    assertTrue(result.out().matches("(?s).*TALEA_DB_URL +log://x +\\.env\n.*"), result.out());
    assertTrue(result.out().matches("(?s).*TALEA_HTTP_BATCH_MAX +500 +default\n.*"));
    assertFalse(result.out().contains("geheim"));
    // Before there is a ledger there is something to look at too.
    Result before = new TestShell(directory, Map.of("TALEA_MAX_INFLIGT", "5")).talead("config");
    assertEquals(0, before.exitCode(), before.err());
    assertTrue(before.out().matches("(?s).*TALEA_DB_URL +not set\n.*"), before.out());
    assertTrue(before.err().contains("There is TALEA_MAX_INFLIGHT."), before.err());
  }

  @Test
  void configTellsWhichOfAllTheDatabasesItIsAndMasksThePasswords() throws IOException {
    Path place = Files.createDirectory(directory.resolve("platform"));
    Map<String, String> platform =
        Map.of(
            "DATABASE_URL", "postgres://u:geheim@h/d?sslmode=require",
            "POSTGRES_PASSWORD", "geheimer",
            "POSTGRES_PORT", "6000");
    Result result = new TestShell(place, platform).talead("config");
    assertEquals(0, result.exitCode(), result.err());
    String url = "postgres://u:\\*{8}@h:6000/d\\?sslmode=require";
    assertTrue(
        result.out().matches("(?s).*TALEA_DB_URL +" + url + " +DATABASE_URL\n.*"), result.out());
    assertTrue(result.out().matches("(?s).*POSTGRES_PORT +6000 +environment\n.*"), result.out());
    assertTrue(
        result.out().matches("(?s).*POSTGRES_PASSWORD +\\*{8} +environment\n.*"), result.out());
    assertTrue(result.out().matches("(?s).*TALEA_WRITE_BATCH_MAX +512 +default\n.*"));
    assertFalse(result.out().contains("geheim"), result.out());
    Files.writeString(place.resolve(".env"), "TALEA_DB_URL=sqlite://x.db\n");
    Result ours = new TestShell(place, platform).talead("config");
    assertTrue(ours.out().matches("(?s).*TALEA_DB_URL +sqlite://x.db +\\.env\n.*"), ours.out());
    assertTrue(ours.out().matches("(?s).*POSTGRES_PORT +ignored\n.*"), ours.out());
  }

  @Test
  void initWithoutItsDatabaseIsASentenceAndLeavesNothingBehind() throws IOException {
    Path place = Files.createDirectory(directory.resolve("no-database"));
    TestShell here = new TestShell(place, Map.of());
    String env = place.resolve(".env").toString();
    Map<String, String> refusals =
        Map.of(
            "postgres://u:geheim@127.0.0.1:1/d",
            "refused",
            "postgres://u:geheim@/d",
            "--db-url names no host",
            "postgres://u:ge/heim@h/d",
            "%2F",
            "postgres://u:geheim@h/d?sslmod=require",
            "unknown option, 'sslmod'",
            "sqlite://:memory:",
            "in memory",
            "sqlite://" + place,
            "names a directory",
            "mysql://u:geheim@h/d",
            "there are log");
    refusals.forEach(
        (url, words) -> {
          Result result = here.talead("init", "--db-url", url, "--env-out", env);
          assertEquals(1, result.exitCode(), url);
          assertTrue(result.err().contains(words), result.err());
          assertTrue(result.err().startsWith("talead init: "), result.err());
          assertEquals(1, result.err().lines().count(), result.err());
          assertFalse(result.err().contains("heim"), result.err());
          assertEquals("", result.out());
        });
    try (Stream<Path> files = Files.list(place)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void initPreparesAFileOfSqliteAndSaysWhatItDoesNotListenTo() throws IOException {
    Path place = Files.createDirectory(directory.resolve("sqlite"));
    String url = "sqlite://" + place.resolve("sub").resolve("talea.db");
    String env = place.resolve(".env").toString();
    Result result =
        new TestShell(place, Map.of("POSTGRES_USER", "u"))
            .talead("init", "--db-url", url, "--env-out", env);
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().contains(url + " is ready (sqlite store)"), result.out());
    assertEquals(
        "WARNING: POSTGRES_USER is set, but not listened to: the ledger is " + url + "\n",
        result.err());
    assertTrue(Files.exists(place.resolve("sub").resolve("talea.db")));
    // And what the environment names is what is prepared, if no option says otherwise.
    String other = "sqlite://" + place.resolve("other.db");
    Result named =
        new TestShell(place, Map.of("TALEA_DB_URL", other))
            .talead("init", "--env-out", env + ".other");
    assertTrue(named.out().contains(other + " is ready"), named.out() + named.err());
  }

  @Test
  void aSettingThatMakesNoSenseIsOneSentence() {
    Result result =
        new TestShell(directory, Map.of("TALEA_DB_URL", "log://x", "TALEA_MAX_INFLIGHT", "0"))
            .talead("serve");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().startsWith("talead serve: TALEA_MAX_INFLIGHT is '0'"), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void serveWithoutALedgerNamesTheCommandThatPreparesOne() {
    Result result =
        new TestShell(directory, Map.of("TALEA_DB_URL", "log://" + directory + "/nowhere"))
            .talead("serve");
    assertEquals(1, result.exitCode());
    assertTrue(result.err().startsWith("talead serve: There is no ledger at log://"), result.err());
    assertTrue(result.err().contains(" init' prepares a new one"), result.err());
    assertTrue(result.err().contains(" serve --create' does that as well"), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertFalse(Files.exists(directory.resolve("nowhere")));
    Result level = new TestShell(directory, Map.of("TALEA_LOG_LEVEL", "loud")).talead("serve");
    assertTrue(level.err().contains("TALEA_LOG_LEVEL is 'loud'"), level.err());
  }

  @Test
  void initAgainPreparesTheLedgerThatTheSettingsName() throws IOException {
    Path place = Files.createDirectory(directory.resolve("again"));
    String ledger = "log://" + place.resolve("ours");
    Path env = Files.writeString(place.resolve(".env"), "TALEA_DB_URL=" + ledger + "\n");
    Result result = new TestShell(place, Map.of()).talead("init", "--env-out", env.toString());
    assertEquals(0, result.exitCode(), result.err());
    assertTrue(result.out().contains(ledger + " is ready"), result.out());
    assertEquals("", result.err());
    Result forced =
        new TestShell(place, Map.of("TALEA_BIND", "127.0.0.1:7"))
            .talead("init", "--force", "--env-out", env.toString());
    assertEquals(0, forced.exitCode(), forced.err());
    assertTrue(Files.readString(env).contains("TALEA_DB_URL=" + ledger), forced.out());
    assertTrue(Files.readString(env).contains("\nTALEA_BIND=127.0.0.1:7\n"), forced.out());
  }
}
