// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.check.LedgerVerdict;
import dev.talea.audit.check.LedgerVerifier;
import dev.talea.audit.export.EventLineReader;
import dev.talea.index.LogImport;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea import}. */
@Command(
    name = "import",
    description = {
      "Makes a ledger of the lines that 'talea export' has written, with the same seqs, ids, times"
          + " and heads.",
      "The ledger is written beside its place, checked as 'verify' does, and only then given its"
          + " name."
    })
final class ImportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "The lines; - for standard input.")
  private String input = "";

  @Option(
      names = "--db-url",
      required = true,
      paramLabel = "URL",
      description = "Where the ledger goes: log://DIR, a directory that is not there yet or empty.")
  private String dbUrl = "";

  private final Shell shell;

  ImportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    if (!dbUrl.startsWith("log://") || dbUrl.length() == "log://".length()) {
      throw new UsageException("--db-url is '" + dbUrl + "': only log://DIR can be imported into");
    }
    Path directory = shell.directory().resolve(dbUrl.substring("log://".length()));
    try (InputStream in = TextInput.open(shell, input, TextInput.Form.LINES)) {
      LogImport into = into(directory);
      long lines = write(new EventLineReader(in), into);
      check(into.under());
      into.finish();
      shell.out().line("Imported " + lines + (lines == 1 ? " event" : " events") + ".");
      shell.out().flush();
    }
    return Main.OK;
  }

  private static LogImport into(Path directory) throws IOException {
    try {
      return LogImport.into(directory);
    } catch (IllegalStateException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    }
  }

  private static long write(EventLineReader lines, LogImport into) throws IOException {
    boolean whole = false;
    try {
      for (Happened next = lines.next(); next != null; next = lines.next()) {
        into.add(next.book(), next.event());
      }
      into.close();
      whole = true;
      return lines.lineNumber();
    } catch (IllegalArgumentException e) {
      throw new FailedException(
          "Line "
              + lines.lineNumber()
              + " or one shortly before it cannot be imported: "
              + e.getMessage()
              + ". What was written is in "
              + into.under()
              + "; remove it.",
          e);
    } finally {
      if (!whole) {
        into.abandon();
      }
    }
  }

  /** Whether a key was used twice, which the lines do not show one by one; and all the rest. */
  private static void check(Path under) {
    NioDisk disk = new NioDisk();
    LedgerVerdict verdict =
        new LedgerVerifier(
                new LogFiles(under, disk),
                disk,
                new LedgerVerifier.Options(
                    book -> true, Map.of(), VerifyCommand.keysMax(1), Runnable::run, bytes -> {}))
            .verify();
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
