// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.backup.BackupException;
import dev.talea.audit.backup.LedgerRestore;
import dev.talea.ledger.Micros;
import dev.talea.log.LogException;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.reconcile.run.KeptFiles;
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
          + " written anew from its events, and the log of anchors says that it was.",
      "Records and evidence of reconciliation go to TALEA_RECONCILE_DIR, or to the folder"
          + " 'reconcile' beside DIR, whole. Of a backup of them alone they go to DIR."
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
    ReconcileFolder alone = new ReconcileFolder(from);
    if (alone.isThere() && !alone.isLedger()) {
      if (asOf != null || !toSeq.isEmpty()) {
        throw new UsageException("records of reconciliation are not cut");
      }
      restoreReconciliation(alone, new ReconcileFolder(to));
      return Main.OK;
    }
    ReconcileFolder kept = new ReconcileFolder(from.resolve(ReconcileFolder.NAME));
    ReconcileFolder reconciled = ReconcileFolder.of(shell, to);
    boolean both = isBackup(kept);
    if (both) {
      requireNew(reconciled);
    }
    Beside beside = new Beside(kept, reconciled);
    boolean before = both && !reconciled.path().startsWith(to.toAbsolutePath().normalize());
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
              .run(
                  request,
                  () -> {
                    if (before) {
                      beside.restore();
                    }
                  });
      print(to, report);
      if (both && !before) {
        beside.restore(); // within the ledger's directory, which was to be empty
      }
      if (beside.wrong != null) {
        throw beside.wrong;
      }
      return Main.OK;
    } catch (BackupException | IllegalArgumentException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new FailedException(
          "The ledger could not be restored into " + to + ": " + FileTrouble.words(e), e);
    }
  }

  private static boolean isBackup(ReconcileFolder folder) {
    try {
      return folder.isFinished();
    } catch (BackupException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new FailedException(
          "The backup in " + folder.path() + " cannot be read: " + FileTrouble.words(e), e);
    }
  }

  private static void requireNew(ReconcileFolder folder) {
    try {
      folder.requireNew();
    } catch (IOException e) {
      throw new FailedException(folder.path() + " cannot be read: " + FileTrouble.words(e), e);
    }
  }

  /**
   * Reconciliation, before the ledger gets its name: where a restore was cut off, there is no
   * ledger that looks as if nothing had ever been reconciled. What goes wrong with it does not keep
   * the books from being restored.
   */
  private final class Beside {
    private final ReconcileFolder from;
    private final ReconcileFolder to;
    private @Nullable FailedException wrong;

    Beside(ReconcileFolder from, ReconcileFolder to) {
      this.from = from;
      this.to = to;
    }

    void restore() {
      try {
        restoreReconciliation(from, to);
      } catch (FailedException e) {
        wrong = e;
      }
    }
  }

  private void restoreReconciliation(ReconcileFolder from, ReconcileFolder to) {
    try {
      ReconcileFolder.Report report = to.restore(from, bytes -> {});
      shell
          .out()
          .line(
              "%s is restored and right: %d records of reconciliation, what %d runs left and %d uploads."
                  .formatted(
                      Terminal.safe(to.path().toString()),
                      report.records(),
                      report.files().runs(),
                      report.files().uploads()));
      shell.out().flush();
    } catch (BackupException | LogException | KeptFiles.NotAsRecordedException e) {
      throw new FailedException(
          "Reconciliation could not be restored into " + to.path() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new FailedException(
          "Reconciliation could not be restored into " + to.path() + ": " + FileTrouble.words(e),
          e);
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
