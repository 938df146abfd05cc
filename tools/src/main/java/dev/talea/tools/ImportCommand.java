// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.check.LedgerVerdict;
import dev.talea.audit.check.LedgerVerifier;
import dev.talea.audit.export.EventLineReader;
import dev.talea.index.LogImport;
import dev.talea.jdbc.SqlImport;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.TxId;
import dev.talea.ledger.rules.ImpossibleEventException;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.server.Stores;
import dev.talea.server.settings.DbUrl;
import dev.talea.server.settings.LedgerChoice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea import}. */
@Command(
    name = "import",
    description = {
      "Makes a ledger of the lines that 'talea export' has written, with the same seqs, ids, times"
          + " and heads.",
      "It is there as a whole or not at all: in logs it is written beside its place, in a database"
          + " in one transaction, and it is checked as 'verify' does before it counts."
    })
final class ImportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The lines; - for standard input.")
  private String input = "";

  @Option(
      names = "--db-url",
      required = true,
      paramLabel = "URL",
      description =
          "Where the ledger goes: log://DIR, a directory that is not there yet or empty;"
              + " sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE, without any events.")
  private String dbUrl = "";

  private final Shell shell;

  ImportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    boolean logs = dbUrl.startsWith("log://");
    if (dbUrl.equals("log://")) {
      throw new UsageException("--db-url is '" + dbUrl + "': say which directory, log://DIR");
    }
    LedgerChoice choice = logs ? null : LedgerChoice.named("--db-url", dbUrl, shell.environment());
    try (InputStream in = TextInput.open(shell, input, TextInput.Form.LINES)) {
      EventLineReader lines = new EventLineReader(in);
      Happened first = lines.next();
      if (first == null) {
        throw new FailedException(
            "There are no events to import. If they were to come out of a pipe, see why it ended.");
      }
      if (choice == null) {
        intoLogs(
            first, lines, shell.directory().resolve(dbUrl.substring("log://".length())), ahead());
      } else {
        choice.warnings().forEach(warning -> shell.err().println("WARNING: " + warning));
        intoDatabase(first, lines, choice.url());
      }
      long events = lines.lineNumber();
      shell.out().line("Imported " + events + (events == 1 ? " event" : " events") + ".");
      shell.out().flush();
    }
    return Main.OK;
  }

  private static void intoLogs(
      Happened first, EventLineReader lines, Path directory, LogImport.LookAhead ahead)
      throws IOException {
    LogImport into = into(directory, ahead);
    boolean whole = false;
    try {
      addAll(first, lines, into::add);
      into.close();
      whole = true;
    } catch (ImpossibleEventException e) {
      throw impossible(lines, e, "What was written is in " + into.under() + "; remove it.");
    } finally {
      if (!whole) {
        into.abandon();
      }
    }
    check(into.under());
    into.finish();
  }

  private static LogImport into(Path directory, LogImport.LookAhead ahead) throws IOException {
    try {
      return LogImport.into(directory, ahead);
    } catch (IllegalStateException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void intoDatabase(Happened first, EventLineReader lines, DbUrl url)
      throws IOException {
    try (SqlImport into = Stores.importInto(url)) {
      addAll(first, lines, into::add);
      into.finish();
    } catch (ImpossibleEventException e) {
      throw impossible(lines, e, "Nothing was imported.");
    }
  }

  /** A file can be read from its beginning once more, a pipe cannot. */
  private LogImport.LookAhead ahead() {
    boolean file = !input.equals("-") && Files.isRegularFile(shell.directory().resolve(input));
    return file ? this::firstTag : LogImport.LookAhead.NONE;
  }

  private int firstTag(String book) {
    try (InputStream in = TextInput.open(shell, input, TextInput.Form.LINES)) {
      EventLineReader lines = new EventLineReader(in);
      boolean begun = false;
      for (Happened next = lines.next(); next != null; next = lines.next()) {
        if (next.book().equals(book)) {
          begun = true;
          if (next.event().payload() instanceof TransactionPosted posted) {
            return TxId.tag(posted.id());
          }
        } else if (begun) {
          return -1;
        }
      }
      return -1;
    } catch (IOException e) {
      throw new FailedException(TextInput.unreadable(input, e), e);
    }
  }

  private static void addAll(Happened first, EventLineReader lines, BiConsumer<String, Event> into)
      throws IOException {
    for (Happened next = first; next != null; next = lines.next()) {
      into.accept(next.book(), next.event());
    }
  }

  private static FailedException impossible(
      EventLineReader lines, ImpossibleEventException e, String then) {
    return new FailedException(
        "Line %d or one shortly before it cannot be imported: %s. %s"
            .formatted(lines.lineNumber(), e.getMessage(), then),
        e);
  }

  /** Whether a key was used twice, which the lines do not show one by one; and all the rest. */
  private static void check(Path under) {
    NioDisk disk = new NioDisk();
    LedgerVerdict verdict =
        new LedgerVerifier(new LogFiles(under, disk), disk, VerifyCommand.everything()).verify();
    if (!verdict.isRight()) {
      String why =
          verdict.books().stream()
              .flatMap(book -> book.findings().stream())
              .map(finding -> finding.text())
              .findFirst()
              .orElse("see 'verify' of " + under);
      throw new FailedException("What was imported is not right: " + why);
    }
  }
}
