// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.backup.BackupException;
import dev.talea.audit.backup.LedgerBackup;
import dev.talea.ledger.Micros;
import dev.talea.server.settings.FileTrouble;
import java.io.IOException;
import java.nio.file.Path;

/** Backs up the directory of a ledger in logs, and says what was done. One thread. */
final class DirectoryBackup {
  private static final int COLUMNS_DEFAULT = 80;
  private static final double MIB = 1 << 20;

  private final Shell shell;

  DirectoryBackup(Shell shell) {
    this.shell = shell;
  }

  int of(String directory, String destination) {
    LedgerDirectory ledger = LedgerDirectory.of(shell, directory);
    Path to = shell.directory().resolve(destination);
    LedgerBackup.Report report = made(ledger, to);
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
    shell.out().flush();
    return Main.OK;
  }

  private LedgerBackup.Report made(LedgerDirectory ledger, Path to) {
    try (PassProgress progress =
        PassProgress.of(shell, "backup", ledger.bytes(), COLUMNS_DEFAULT)) {
      return new LedgerBackup(
              ledger.files(), to, SystemTicker::micros, SystemTicker::pause, progress::passed)
          .run();
    } catch (BackupException | IllegalStateException e) {
      throw new FailedException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new FailedException(
          "The backup in " + to + " could not be written: " + FileTrouble.words(e), e);
    }
  }
}
