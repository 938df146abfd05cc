// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.audit.proof.Programs;
import dev.talea.audit.proof.ProofCheck;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.LogStoreSettings;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.ledger.json.EventJson;
import dev.talea.tools.TestShell.Result;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an auditor does with a directory and no server: a bank's own transactions, committed at the
 * bank's own days, are copied away; balances at three dates are held against sums of the bank's
 * file; one transaction is proven, and the proof is checked by us, by the page in a browser, and by
 * Go's own packages; then one byte of the copy is changed.
 *
 * <p>Where the file is looked for, and how much of it is used: see {@link BerkaRun}.
 */
@Tag("slow")
class AuditorsDayTest {
  private static final String ANCHORS = "bank.example/_anchors";
  private static final List<String> DATES = List.of("1993-01-31", "1993-03-15", "1993-06-30");
  private static final int CUSTOMERS = 3;

  /** In every book that is imported here; a book has one of its own. */
  private static final int TAG = 0x1234567;

  @TempDir private Path directory;
  private TestShell shell = new TestShell(Path.of(""), Map.of());

  /** A line of the bank's file. */
  private record Line(String key, String customer, LocalDate day, BigDecimal moneyIn) {}

  @Test
  @Timeout(300)
  void aDirectoryIsEnough() throws Exception {
    Path csv = BerkaRun.data().resolve("transactions.csv");
    List<Line> lines = lines(csv);
    shell = new TestShell(directory, Map.of("TALEA_ORIGIN", "bank.example"));
    Files.write(directory.resolve("events.ndjson"), events(csv));
    ok("import", "--db-url", "log://./ledger", "events.ndjson");
    try (LogLedgerStore store =
        LogLedgerStore.open(directory.resolve("ledger"), LogStoreSettings.DEFAULTS)) {
      new Anchorer(store).round();
    }

    copy("ledger", "copy");
    String verdict = ok("verify", "copy").out();
    say(verdict.lines().reduce((first, last) -> last).orElseThrow());
    balancesAreSumsOfTheFile(lines);
    proofIsCheckedByThree(lines.get(lines.size() / 2));
    oneByteIsFound(lines.get(lines.size() / 3));
  }

  private void balancesAreSumsOfTheFile(List<Line> lines) {
    List<String> customers =
        lines.stream().map(Line::customer).distinct().limit(CUSTOMERS).toList();
    for (String date : DATES) {
      String as = date + "T23:59:59.999999Z";
      String book = ok("replay", "copy", "--book", BerkaConverter.BOOK, "--as-of", as).out();
      for (String customer : customers) {
        BigDecimal due =
            lines.stream()
                .filter(line -> line.customer.equals(customer))
                .filter(line -> !line.day.isAfter(LocalDate.parse(date)))
                .map(Line::moneyIn)
                .reduce(BigDecimal.ZERO.setScale(2), BigDecimal::add);
        Matcher found =
            Pattern.compile(":" + customer + "\",[^}]*\"balance\":\"([^\"]+)\"").matcher(book);
        assertTrue(found.find(), () -> customer + " is not in " + book);
        // What the bank owes is negative in debits and credits.
        assertEquals(due.negate(), new BigDecimal(found.group(1)), customer + " on " + date);
        say(customer + " on " + date + ": " + found.group(1) + ", as the bank's file says");
      }
    }
  }

  private void proofIsCheckedByThree(Line line) throws Exception {
    String vkey = ok("head", "keygen", ANCHORS, "--out", "key").out().strip();
    Files.writeString(directory.resolve("vkey"), vkey + "\n");
    Files.writeString(directory.resolve("head"), ok("head", "copy", "--sign", "key").out());
    String events = ok("replay", "copy", "--book", BerkaConverter.BOOK, "--events").out();
    Matcher id =
        Pattern.compile("\"id\":\"([^\"]+)\",[^\n]*\"idempotency_key\":\"" + line.key + "\"")
            .matcher(events);
    assertTrue(id.find(), () -> line.key + " is not among the events");
    ok("prove", "copy", id.group(1), "--checkpoint", "head", "--out", "tx");
    String said = ok("check", "tx", "--vkey", vkey).out();
    assertTrue(said.startsWith("RIGHT: "), said);
    assertTrue(said.contains("account '" + line.customer + "'"), said);
    say("our check: " + said.lines().findFirst().orElseThrow());

    if (Programs.has("chromium")) {
      String page = inTheBrowser(vkey);
      assertTrue(page.contains("data-outcome=\"PROVEN\""), page);
      assertTrue(page.contains(said.lines().findFirst().orElseThrow()), page);
      assertTrue(page.contains("account '" + line.customer + "'"), page);
      say("the page in chromium, files dropped on it: PROVEN");
    } else {
      skipped("the page in chromium");
    }
    if (Programs.hasGoWithNotesAndLogs()) {
      ok("export", "copy", "--tiles", "tiles", "--checkpoint", "head");
      try (InputStream program =
          requireNonNull(AuditorsDayTest.class.getResourceAsStream("ledger.go"))) {
        Files.write(directory.resolve("ledger.go"), program.readAllBytes());
      }
      String go = Programs.go(directory, 0, "ledger.go", ".");
      assertTrue(go.contains("the transaction is in bank.example/berka of berka\n"), go);
      say("Go: " + go.strip().replace("\n", "; "));
    } else {
      skipped("Go's check of the proof");
    }
  }

  /** Drops the three files on the page, as a mouse would, and gives the page afterwards. */
  private String inTheBrowser(String vkey) throws Exception {
    StringBuilder script = new StringBuilder("<script>\nconst drop = new DataTransfer();\n");
    for (String file : List.of("tx", "tx.accounts", "tx.anchor")) {
      script.append(
          "drop.items.add(new File([Uint8Array.from(atob(\"%s\"), c => c.charCodeAt(0))], \"%s\"));\n"
              .formatted(
                  Base64.getEncoder().encodeToString(Files.readAllBytes(directory.resolve(file))),
                  file));
    }
    script.append("document.getElementById(\"trusted\").value = \"").append(vkey);
    script.append("\";\ndispatchEvent(new DragEvent(\"drop\", {dataTransfer: drop}));\n</script>");
    try (InputStream page =
        requireNonNull(ProofCheck.class.getResourceAsStream("/dev/talea/audit/check.html"))) {
      String text = new String(page.readAllBytes(), UTF_8);
      Files.writeString(
          directory.resolve("check.html"), text.replace("</body>", script + "</body>"));
    }
    return Programs.chromium(directory, directory.resolve("check.html").toUri().toString());
  }

  private void oneByteIsFound(Line line) throws IOException {
    List<Path> segments;
    try (Stream<Path> files = Files.walk(directory.resolve("copy/books/berka"))) {
      segments = files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
    byte[] key = line.key.getBytes(UTF_8);
    for (Path segment : segments) {
      byte[] bytes = Files.readAllBytes(segment);
      int at = indexOf(bytes, key);
      if (at >= 0) {
        bytes[at] ^= 1;
        Files.write(segment, bytes);
        Result verdict = shell.talea("verify", "copy");
        assertEquals(3, verdict.exitCode(), verdict.out());
        String damage =
            verdict.out().lines().filter(text -> text.contains("at byte ")).findFirst().orElse("");
        assertTrue(damage.contains("It concerns seq "), verdict.out());
        assertTrue(damage.contains("'" + line.customer + "'"), verdict.out());
        say("byte " + at + " of " + segment.getFileName() + " changed: " + damage.strip());
        return;
      }
    }
    throw new AssertionError(line.key + " is in no segment of " + segments);
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    return -1;
  }

  private static List<Line> lines(Path csv) throws IOException {
    List<Line> lines = new ArrayList<>();
    for (String text : Files.readAllLines(csv).subList(1, 1 + BerkaRun.TRANSACTIONS)) {
      String[] row = text.split(",", -1);
      BigDecimal amount = new BigDecimal(row[5]).setScale(2);
      lines.add(
          new Line(
              row[0],
              BerkaConverter.customer(row[1]),
              LocalDate.parse(row[2]),
              row[3].equals("credit") ? amount : amount.negate()));
    }
    return lines;
  }

  /**
   * The file as events that were committed at the bank's own days, a microsecond after each other.
   */
  private static byte[] events(Path csv) throws IOException {
    Map<String, String> kinds = new TreeMap<>();
    List<TransactionDraft> drafts = new ArrayList<>();
    for (String text : Files.readAllLines(csv).subList(1, 1 + BerkaRun.TRANSACTIONS)) {
      drafts.add(BerkaConverter.draft(text.split(",", -1), kinds));
    }
    ByteArrayOutputStream events = new ByteArrayOutputStream();
    Instant opened = Instant.parse("1992-12-31T00:00:00Z");
    Asset crown = new Asset("CZK", AssetClass.FIAT, 2, "Czech crown");
    line(events, DraftRules.SYSTEM_BOOK, new Event(1, opened, new AssetRegistered(crown)));
    long seq = 0;
    for (Map.Entry<String, String> each : kinds.entrySet()) {
      seq++;
      Account account =
          new Account(
              new AccountId(BerkaConverter.BOOK, each.getKey()),
              "CZK",
              AccountKind.valueOf(each.getValue().toUpperCase(Locale.ROOT)),
              null,
              null);
      line(
          events,
          BerkaConverter.BOOK,
          new Event(seq, opened.plus(seq, ChronoUnit.MICROS), new AccountOpened(account)));
    }
    for (TransactionDraft draft : drafts) {
      seq++;
      Instant at = requireNonNull(draft.occurredAt()).plus(seq, ChronoUnit.MICROS);
      UUID id = TxId.of(ChronoUnit.MICROS.between(Instant.EPOCH, at), TAG, seq);
      line(events, BerkaConverter.BOOK, new Event(seq, at, new TransactionPosted(id, bare(draft))));
    }
    return events.toByteArray();
  }

  /** Without what else the bank says: its digits could be taken for those of a key. */
  private static TransactionDraft bare(TransactionDraft draft) {
    return new TransactionDraft(
        draft.book(),
        draft.idempotencyKey(),
        draft.postings(),
        List.of(),
        null,
        draft.occurredAt());
  }

  private static void line(ByteArrayOutputStream to, String book, Event event) {
    to.writeBytes(EventJson.write(book, event));
    to.write('\n');
  }

  private void copy(String from, String to) throws IOException {
    Path source = directory.resolve(from);
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.sorted().toList()) {
        Files.copy(file, directory.resolve(to).resolve(source.relativize(file)));
      }
    }
  }

  private Result ok(String... command) {
    Result result = shell.talea(command);
    assertEquals(0, result.exitCode(), result.out() + result.err());
    return result;
  }

  private static void skipped(String what) {
    System.out.println("SKIPPED AuditorsDayTest, " + what + ": it is not installed");
  }

  private static void say(String what) {
    System.out.println("AuditorsDayTest: " + what);
  }
}
