// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.anchor.AnchorHistory;
import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.check.BookVerdict;
import dev.talea.audit.check.Finding;
import dev.talea.audit.check.LedgerVerdict;
import dev.talea.audit.check.LedgerVerifier;
import dev.talea.audit.check.Pace;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedNote;
import dev.talea.index.BookCheck;
import dev.talea.jdbc.SqlSnapshot;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Micros;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.VerifyReport;
import dev.talea.server.Stores;
import dev.talea.server.settings.LedgerChoice;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea verify}. */
@Command(
    name = "verify",
    description = {
      "Checks a ledger from its records alone: every rule from the first on, every balance, total"
          + " and id; in logs every checksum and hash, in a database every column that can be"
          + " computed.",
      "Takes no lock and touches nothing; a server may be running. Exit code 3 if anything is"
          + " wrong."
    })
final class VerifyCommand implements Callable<Integer> {
  private static final int COLUMNS_DEFAULT = 80;

  /** Slower than the slowest disk that a ledger is served from. */
  private static final long BYTES_A_SECOND = 16L << 20;

  /** About a tenth of what a database is checked at without it. */
  private static final long EVENTS_A_SECOND = 10_000;

  /** A third of the heap may hold hashes of keys: in 256 MiB those of eleven million. */
  private static final int HEAP_SHARE = 3;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "The directory of a ledger in logs.")
  private @Nullable String directory;

  @Option(
      names = "--db-url",
      paramLabel = "URL",
      description =
          "The ledger, unless DIR is given: log://DIR, sqlite://FILE or"
              + " postgres://USER:PASSWORD@HOST/DATABASE.")
  private @Nullable String dbUrl;

  @Option(
      names = "--book",
      paramLabel = "B",
      description = "This book alone, and the registry of assets.")
  private @Nullable String book;

  @Option(
      names = "--since-head",
      paramLabel = "FILE",
      description =
          "A head that was kept, as 'talea head' writes it: the log must extend it. That of _anchors"
              + " speaks for all books; that of one book needs --book. For ledgers in logs.")
  private @Nullable Path sinceHead;

  @Option(
      names = "--gentle",
      description =
          "Leaves the disk to a server: logs are read at 16 MiB a second with one thread, a"
              + " database at 10,000 events a second.")
  private boolean gentle;

  private final Shell shell;

  VerifyCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    if ((directory == null) == (dbUrl == null)) {
      throw new UsageException("name the ledger: its directory DIR, or --db-url URL");
    }
    String place = "" + (directory != null ? directory : dbUrl);
    return directory != null || place.startsWith("log://") ? logs(place) : database(place);
  }

  private int database(String url) {
    if (sinceHead != null) {
      throw new UsageException(
          "--since-head is for ledgers in logs: a database has no hash tree, and so no heads. Keep"
              + " what 'talea digest --books' prints instead");
    }
    LedgerChoice choice = LedgerChoice.named("--db-url", url, shell.environment());
    choice.warnings().forEach(warning -> shell.err().println("WARNING: " + warning));
    Pace pace = pace(EVENTS_A_SECOND);
    LedgerVerdict verdict;
    try (SqlSnapshot snapshot = Stores.look(choice.url());
        PassProgress progress =
            PassProgress.ofEvents(shell, "verify", snapshot.events(), COLUMNS_DEFAULT)) {
      String only = book;
      if (only != null && snapshot.reads().book(only) == null) {
        throw new FailedException("There is no book '" + only + "' in " + choice.url() + ".");
      }
      verdict =
          DatabaseVerdict.of(
              snapshot.check(
                  name -> only == null || name.equals(only),
                  events -> {
                    pace.passed(events);
                    progress.passed(events);
                  }));
    }
    print("Ledger at " + choice.url(), verdict, false);
    return verdict.isRight() ? Main.OK : Main.WRONG;
  }

  private int logs(String place) {
    LedgerDirectory ledger = LedgerDirectory.of(shell, place);
    String only = book;
    if (only != null) {
      ledger.requireLog(only);
    }
    Map<String, TreeHead> earlier = earlier();
    // Each book is gone over twice.
    PassProgress progress = PassProgress.of(shell, "verify", 2 * ledger.bytes(), COLUMNS_DEFAULT);
    Pace pace = pace(BYTES_A_SECOND);
    ExecutorService workers =
        gentle ? null : Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      Executor executor = workers == null ? Runnable::run : workers;
      LedgerVerifier.Options options =
          new LedgerVerifier.Options(
              name -> only == null || name.equals(only),
              earlier,
              keysMax(),
              executor,
              bytes -> {
                pace.passed(bytes);
                progress.passed(bytes);
              });
      LedgerVerdict verdict = new LedgerVerifier(ledger.files(), ledger.disk(), options).verify();
      progress.close();
      print("Ledger in " + ledger.path(), verdict, true);
      return verdict.isRight() ? Main.OK : Main.WRONG;
    } finally {
      progress.close();
      if (workers != null) {
        workers.shutdownNow();
      }
    }
  }

  private Pace pace(long gentlePerSecond) {
    return gentle
        ? Pace.gentle(gentlePerSecond, SystemTicker::nanos, SystemTicker::pause)
        : Pace.full();
  }

  /** All books of a ledger, by one thread that shows nothing of how far it is. */
  static LedgerVerifier.Options everything() {
    return new LedgerVerifier.Options(
        book -> true, Map.of(), keysMax(), Runnable::run, bytes -> {});
  }

  private static int keysMax() {
    long share = Runtime.getRuntime().maxMemory() / HEAP_SHARE / Long.BYTES;
    return (int) Math.min(share, Integer.MAX_VALUE / 2);
  }

  private Map<String, TreeHead> earlier() {
    Path file = sinceHead;
    if (file == null) {
      return Map.of();
    }
    try {
      byte[] utf8 = Files.readAllBytes(shell.directory().resolve(file));
      String text = new String(utf8, StandardCharsets.UTF_8);
      String checkpoint = text.contains("\n\n") ? SignedNote.parse(utf8).text() : text;
      Checkpoint head = Checkpoint.parse(checkpoint);
      String folder = LedgerOrigin.folderInNameOf(head.origin());
      String of = folder.equals(AnchorLog.NAME) ? AnchorLog.NAME : book;
      if (of == null) {
        throw new UsageException(
            "--since-head is the head of one book, '" + folder + "': say which with --book");
      }
      return Map.of(of, new TreeHead(head.size(), head.root().bytes()));
    } catch (MalformedException e) {
      throw new FailedException(file + " is no head: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new FailedException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void print(String title, LedgerVerdict verdict, boolean logs) {
    shell.out().line(Terminal.safe(title));
    shell.out().line("");
    Table table =
        logs
            ? new Table("book", ">events", ">accounts", ">transactions", ">MiB", "end", "root")
            : new Table("book", ">events", ">accounts", ">transactions");
    Map<String, String> totals = new TreeMap<>();
    for (BookVerdict each : verdict.books()) {
      VerifyReport bytes = each.bytes();
      BookCheck.Result records = each.records();
      List<String> cells = new ArrayList<>();
      cells.add(each.book());
      if (bytes == null && records != null && !logs) {
        cells.add(count(records.events()));
      } else {
        cells.add(bytes == null ? "-" : count(bytes.records()));
      }
      cells.add(records == null ? "-" : count(records.accounts()));
      cells.add(records == null ? "-" : count(records.transactions()));
      if (logs) {
        cells.add(bytes == null ? "-" : String.format(Locale.ROOT, "%,.1f", mib(bytes)));
        cells.add(bytes == null ? "damaged" : bytes.end().name().toLowerCase(Locale.ROOT));
        cells.add(
            bytes == null ? "-" : Base64.getEncoder().encodeToString(bytes.treeHead().root()));
      }
      table.row(cells.toArray());
      if (records != null && !DraftRules.isReserved(each.book())) {
        records
            .totals()
            .forEach(
                (asset, total) ->
                    totals.put(each.book() + " " + asset, words(each.book(), asset, total)));
      }
    }
    shell.out().line(table.toString());
    shell.out().line("");
    totals.values().forEach(line -> shell.out().line(Terminal.safe(line)));
    if (logs) {
      shell.out().line(anchors(verdict.anchors()));
    }
    verdict.findings().forEach(finding -> print("", finding));
    for (BookVerdict each : verdict.books()) {
      each.findings().forEach(finding -> print("book '" + each.book() + "': ", finding));
    }
    shell
        .out()
        .line(
            !verdict.isRight()
                ? "WRONG: keep the " + (logs ? "files" : "tables") + " as they are, and see above."
                : logs
                    ? "RIGHT: every checksum, rule, balance, total, id and hash is what it should be."
                    : "RIGHT: every rule, balance, total, id, key and row is what the events say.");
    shell.out().flush();
  }

  private static String anchors(@Nullable AnchorHistory anchors) {
    if (anchors == null) {
      return "_anchors: none to hold the books against, so a book that was removed or exchanged as a"
          + " whole would not be noticed";
    }
    return String.format(
        Locale.ROOT,
        "_anchors: held against %,d heads that %,d books had up to %s%s",
        anchors.anchors(),
        anchors.books().size(),
        Micros.instant(anchors.lastAt()),
        anchors.restores() == 0
            ? ""
            : String.format(Locale.ROOT, "; books were cut %,d times", anchors.restores()));
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static double mib(VerifyReport bytes) {
    return bytes.bytes() / 1048576.0;
  }

  private static String words(String book, String asset, BookCheck.Total total) {
    return "%s: %s %s debited and credited"
        .formatted(book, new BigDecimal(total.debits(), total.precision()).toPlainString(), asset);
  }

  private void print(String of, Finding finding) {
    String level = finding.level() == Finding.Level.WRONG ? "WRONG    " : "warning  ";
    shell.out().line(level + Terminal.safe(of + finding.text()));
  }
}
