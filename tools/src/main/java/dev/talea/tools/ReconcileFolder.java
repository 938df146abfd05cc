// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.backup.LedgerBackup;
import dev.talea.audit.backup.LogsRestore;
import dev.talea.log.Disk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.reconcile.run.KeptFiles;
import dev.talea.reconcile.run.ReconcileSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The folder of reconciliation as {@code backup} and {@code restore} see it: records, which are a
 * log, and the files that they name. Copied beside the process that owns it, which is neither asked
 * nor touched. One thread.
 */
final class ReconcileFolder {
  /** In the backup of a ledger, and beside a ledger. */
  static final String NAME = "reconcile";

  /** Each try begins with younger records; only pruning can make a second one necessary. */
  private static final int TRIES = 3;

  private final Path path;
  private final Disk disk;

  /** What a backup of it holds. */
  record Report(long records, KeptFiles.Report files, long written, long cutMicros) {}

  ReconcileFolder(Path path) {
    this(path, new NioDisk());
  }

  ReconcileFolder(Path path, Disk disk) {
    this.path = path.toAbsolutePath().normalize();
    this.disk = disk;
  }

  /** That of a ledger: the one that {@code TALEA_RECONCILE_DIR} names, or the one beside it. */
  static ReconcileFolder of(Shell shell, Path ledger) {
    return new ReconcileFolder(FoundSettings.reconcileDir(shell, ledger));
  }

  Path path() {
    return path;
  }

  /** Whether anything was ever reconciled here, or this is a backup of such a folder. */
  boolean isThere() {
    return records().isThere();
  }

  /** Whether this is the directory of a ledger, or of a backup of one. */
  boolean isLedger() {
    return new LogFiles(path, disk).isThere();
  }

  /** Whether this is a backup that was finished once. */
  boolean isFinished() throws IOException {
    return LogsRestore.isFinished(records());
  }

  private LogFiles records() {
    return new LogFiles(path.resolve("records"), disk);
  }

  /**
   * Copies it, or brings a copy up to date. The records are cut first, and what they name is copied
   * before the copy says that it has these records: so in no copy a record names a file that is
   * missing, wherever this ends.
   *
   * @param to not there yet, empty, or a backup of this one
   * @param clock microseconds since the epoch
   * @param pause waits for so many nanoseconds
   * @param passed told how many bytes have been gone over
   * @throws KeptFiles.NotAsRecordedException if a file that a record names is missing or another;
   *     all else has been copied, and the backup says that it holds what it held before
   */
  Report backUp(Path to, LongSupplier clock, LongConsumer pause, LongConsumer passed)
      throws IOException {
    ReconcileFolder copy = new ReconcileFolder(to, disk);
    if (copy.path.startsWith(path) || path.startsWith(copy.path)) {
      throw new FailedException(
          copy.path + " and " + path + " lie in one another; name another directory");
    }
    copy.requireBackup();
    KeptFiles.NotAsRecordedException last = null;
    for (int tries = 0; tries < TRIES; tries++) {
      Files files = new Files(copy, passed);
      try {
        LedgerBackup.Report logs =
            new LedgerBackup(records(), copy.records().path(), clock, pause, passed).run(files);
        KeptFiles.Report report = files.report();
        return new Report(
            logs.records(), report, logs.written() + report.written(), logs.cutMicros());
      } catch (KeptFiles.NotAsRecordedException e) {
        last = e;
      }
    }
    throw last == null ? new IOException("nothing was tried") : last;
  }

  /** What no record names is removed from a copy, so that it has to be one. */
  private void requireBackup() throws IOException {
    if (disk.exists(path)
        && !LogsRestore.isBackup(records())
        && !List.of("records").containsAll(disk.list(path))) {
      throw new FailedException(
          path
              + " is not empty, and holds no backup of reconciliation. Name a directory that is not"
              + " there yet, or empty");
    }
  }

  /** The files, copied between the records and the word that these are there. */
  private final class Files implements LedgerBackup.Along {
    private final ReconcileFolder copy;
    private final LongConsumer passed;
    private @Nullable KeptFiles kept;
    private KeptFiles.@Nullable Report report;

    Files(ReconcileFolder copy, LongConsumer passed) {
      this.copy = copy;
      this.passed = passed;
    }

    @Override
    public void copied() throws IOException {
      KeptFiles named = KeptFiles.namedBy(copy.records());
      report = named.copy(path, copy.path, passed);
      kept = named;
    }

    /** What was pruned goes from the copy, too, once no record of it names that. */
    @Override
    public void finished() throws IOException {
      Objects.requireNonNull(kept, "copied").removeOthers(copy.path);
    }

    KeptFiles.Report report() {
      return Objects.requireNonNull(report, "copied");
    }
  }

  /** Refuses a place where something is. */
  void requireNew() throws IOException {
    if (disk.exists(path) && !disk.list(path).isEmpty()) {
      throw new FailedException(
          path
              + " is not empty, and the backup has records and evidence of reconciliation: set "
              + ReconcileSettings.DIR
              + " to where they go");
    }
    Path under = under();
    if (disk.exists(under)) {
      throw new FailedException(
          under + " is there, of a restore that was not finished: remove it, and begin again");
    }
  }

  private Path under() {
    return path.resolveSibling(path.getFileName() + ".restoring");
  }

  /**
   * Makes it of a backup; every block and every file is checked.
   *
   * @return what it holds
   */
  Report restore(ReconcileFolder backup, LongConsumer passed) throws IOException {
    requireNew();
    ReconcileFolder made = new ReconcileFolder(under(), disk);
    long records =
        new LogsRestore(backup.records(), disk, passed).copyAll(made.path.resolve("records"));
    KeptFiles.Report report =
        KeptFiles.namedBy(made.records()).copy(backup.path, made.path, passed);
    disk.syncDirectory(made.path);
    disk.rename(made.path, path);
    Path parent = path.getParent();
    if (parent != null) {
      disk.syncDirectory(parent);
    }
    return new Report(records, report, report.written(), 0);
  }
}
