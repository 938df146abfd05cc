// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.backup.BackupException;
import dev.talea.audit.backup.LedgerBackup;
import dev.talea.ledger.Micros;
import dev.talea.log.LogException;
import dev.talea.reconcile.run.ReconcileSettings;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Backs up the directory of a ledger in logs with the folder of reconciliation beside it, or that
 * folder alone, and says what was done. One thread.
 */
final class DirectoryBackup {
  private static final int COLUMNS_DEFAULT = 80;
  private static final double MIB = 1 << 20;

  private final Shell shell;

  DirectoryBackup(Shell shell) {
    this.shell = shell;
  }

  int of(String directory, String destination) {
    Path to = shell.directory().resolve(destination);
    ReconcileFolder alone = new ReconcileFolder(shell.directory().resolve(directory));
    if (alone.isThere() && !alone.isLedger()) {
      print(to, reconciliation(alone, to));
      return Main.OK;
    }
    LedgerDirectory ledger = LedgerDirectory.of(shell, directory);
    Beside beside =
        new Beside(
            ReconcileFolder.of(shell, ledger.path()),
            new ReconcileFolder(to.resolve(ReconcileFolder.NAME)));
    LedgerBackup.Report report = made(ledger, to, beside);
    shell
        .out()
        .line(
            "%s holds %d records of %d logs, cut at %s; %.1f MiB were new."
                .formatted(
                    Terminal.safe(to.toString()),
                    report.records(),
                    report.logs(),
                    Micros.instant(report.cutMicros()),
                    report.written() / MIB));
    ReconcileFolder.Report reconciled = beside.report;
    if (reconciled != null) {
      print(beside.to.path(), reconciled);
    }
    shell.out().flush();
    if (beside.wrong != null) {
      throw new FailedException(
          "The books were backed up, but of reconciliation the backup holds what it held before: "
              + words(beside.wrong),
          beside.wrong);
    }
    return Main.OK;
  }

  private void print(Path to, ReconcileFolder.Report report) {
    shell
        .out()
        .line(
            "%s holds %d records of reconciliation, what %d runs left and %d uploads, cut at %s; %.1f MiB were new."
                .formatted(
                    Terminal.safe(to.toString()),
                    report.records(),
                    report.files().runs(),
                    report.files().uploads(),
                    Micros.instant(report.cutMicros()),
                    report.written() / MIB));
    shell.out().flush();
  }

  private LedgerBackup.Report made(LedgerDirectory ledger, Path to, Beside beside) {
    try (PassProgress progress =
        PassProgress.of(shell, "backup", ledger.bytes(), COLUMNS_DEFAULT)) {
      return new LedgerBackup(
              ledger.files(), to, SystemTicker::micros, SystemTicker::pause, progress::passed)
          .run(beside);
    } catch (BackupException | IllegalStateException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new FailedException(
          "The backup in " + to + " could not be written: " + FileTrouble.words(e), e);
    }
  }

  /** Without a ledger, for one that lies in a database. */
  private static ReconcileFolder.Report reconciliation(ReconcileFolder folder, Path to) {
    try {
      return folder.backUp(to, SystemTicker::micros, SystemTicker::pause, bytes -> {});
    } catch (BackupException | LogException | IllegalStateException | IOException e) {
      throw new FailedException("The backup in " + to + " was not finished: " + words(e), e);
    }
  }

  private static String words(Exception e) {
    return e instanceof FileSystemException ? FileTrouble.words(e) : String.valueOf(e.getMessage());
  }

  /**
   * Reconciliation, before the books are cut: so the copies of books hold every event that a copied
   * run has read. What goes wrong here does not keep the books from being copied.
   */
  private static final class Beside implements LedgerBackup.Along {
    private final ReconcileFolder from;
    private final ReconcileFolder to;
    private ReconcileFolder.@Nullable Report report;
    private @Nullable Exception wrong;

    Beside(ReconcileFolder from, ReconcileFolder to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public void beforeCut() {
      try {
        if (from.isThere()) {
          report = from.backUp(to.path(), SystemTicker::micros, SystemTicker::pause, bytes -> {});
        } else if (to.isFinished()) {
          wrong =
              new IOException(
                  "there is none in "
                      + from.path()
                      + " any more; set "
                      + ReconcileSettings.DIR
                      + " to where it is, as for the server");
        }
      } catch (BackupException
          | FailedException
          | LogException
          | IllegalStateException
          | IOException e) {
        wrong = e;
      }
    }
  }
}
