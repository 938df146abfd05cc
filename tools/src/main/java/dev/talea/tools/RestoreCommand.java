// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.backup.BackupException;
import dev.talea.audit.backup.LedgerRestore;
import dev.talea.ledger.Micros;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code talea restore}. */
@Command(
    name = "restore",
    description = {
      "Makes a ledger in logs of what 'talea backup' has copied, checks all of it, and then gives it"
          + " its name.",
      "With --to-seq or --as-of it is cut at an earlier record or moment. A book that is cut is"
          + " written anew from its events, and the log of anchors says that it was."
    })
final class RestoreCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "SRC", description = "The directory of the backup.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "DIR",
      description = "Where the ledger goes: a directory that is not there yet, or empty.")
  private String directory = "";

  @Option(
      names = "--to-seq",
      paramLabel = "B=N",
      description = "Book B ends with its event N; 0 for none of it. May be given several times.")
  private Map<String, Long> toSeq = new LinkedHashMap<>();

  @Option(
      names = "--as-of",
      paramLabel = "T",
      converter = Converters.AsOf.class,
      description = "All books end with what was committed at or before this moment.")
  private @Nullable Instant asOf;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why it is cut, for the log of anchors.")
  private String reason = "";

  private final Shell shell;

  RestoreCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Path from = shell.directory().resolve(source);
    Path to = shell.directory().resolve(directory);
    if (!Files.isDirectory(from)) {
      throw new FailedException("There is no directory " + from + ".");
    }
    Instant moment = asOf;
    LedgerRestore.Request request =
        new LedgerRestore.Request(toSeq, moment == null ? null : Micros.floor(moment), reason);
    try {
      LedgerRestore.Report report =
          new LedgerRestore(
                  new LogFiles(from, SystemLogEnvironment.create().disk()),
                  to,
                  SystemLogEnvironment.create(),
                  VerifyCommand.everything(),
                  bytes -> {})
              .run(request);
      print(to, report);
      return Main.OK;
    } catch (BackupException | IllegalArgumentException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new FailedException(
          "The ledger could not be restored into " + to + ": " + FileTrouble.words(e), e);
    }
  }

  private void print(Path to, LedgerRestore.Report report) {
    long records = report.records().values().stream().mapToLong(Long::longValue).sum();
    shell
        .out()
        .line(
            "%s is restored and right: %d records of %d logs."
                .formatted(Terminal.safe(to.toString()), records, report.records().size()));
    report
        .cut()
        .forEach(
            (book, size) ->
                shell
                    .out()
                    .line(
                        Terminal.safe(
                            "Book '%s' was cut at seq %d; the backup has %d."
                                .formatted(book, report.records().get(book), size))));
    if (!report.cut().isEmpty()) {
      shell
          .out()
          .line(
              "Heads of the ledger as it was before do not fit a book that was cut: sign under a new"
                  + " origin.");
    }
    shell.out().flush();
  }
}
