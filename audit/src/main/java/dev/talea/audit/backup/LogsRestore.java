// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

import dev.talea.log.Disk;
import dev.talea.log.disk.CopyReport;
import dev.talea.log.disk.LateSyncDisk;
import dev.talea.log.disk.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Copies the logs of a backup to where they are used again, each as the backup says that it is, and
 * checks every block on the way. Apart from {@link LedgerRestore}, which knows that logs are books:
 * records of reconciliation are a log, too. One thread.
 */
public final class LogsRestore {
  private final LogFiles from;
  private final Disk disk;
  private final LongConsumer passed;

  /**
   * Logs to be copied.
   *
   * @param from the backup
   * @param disk that they go to
   * @param passed told how many bytes have been gone over
   */
  public LogsRestore(LogFiles from, Disk disk, LongConsumer passed) {
    this.from = from;
    this.disk = disk;
    this.passed = passed;
  }

  /** Whether a directory is a backup, be it one that was never finished. */
  public static boolean isBackup(LogFiles backup) {
    return backup.disk().exists(backup.path().resolve(BackupManifest.FILE));
  }

  /** Whether a directory holds a backup that was finished once. */
  public static boolean isFinished(LogFiles backup) throws IOException {
    BackupManifest manifest = BackupManifest.read(backup.disk(), backup.path());
    return manifest != null && !manifest.logs().isEmpty();
  }

  /**
   * Copies all logs; they are on disk when this returns.
   *
   * @param to not there yet
   * @return how many records they have
   * @throws BackupException if there is no finished backup, or it is not what was copied
   * @throws IOException if it cannot be read, or the copy not written
   */
  public long copyAll(Path to) throws IOException {
    BackupManifest manifest = finished(from);
    copyAll(manifest, to);
    return manifest.logs().values().stream().mapToLong(held -> held.head().size()).sum();
  }

  void copyAll(BackupManifest manifest, Path to) throws IOException {
    disk.createDurably(to);
    LateSyncDisk late = new LateSyncDisk(disk);
    copy(manifest, List.copyOf(manifest.logs().keySet()), new LogFiles(to, late));
    late.syncAll();
    disk.syncDirectory(to);
  }

  /** What a backup says that it holds. */
  static BackupManifest finished(LogFiles from) throws IOException {
    BackupManifest manifest = BackupManifest.read(from.disk(), from.path());
    if (manifest == null || manifest.logs().isEmpty()) {
      throw new BackupException(
          from.path() + " holds no finished backup; 'talea backup' makes one");
    }
    return manifest;
  }

  /** What a backup says of a log. */
  static BackupManifest.Held held(BackupManifest manifest, String name) {
    BackupManifest.Held held = manifest.logs().get(name);
    if (held == null) {
      throw new BackupException("There is no book '" + name + "' in the backup");
    }
    return held;
  }

  /** Copies some of them; what is synced is for the disk of the other side to say. */
  void copy(BackupManifest manifest, Collection<String> names, LogFiles to) {
    for (String name : names) {
      BackupManifest.Held held = held(manifest, name);
      CopyReport copied = from.copy(name, held.head().size(), to, 0, passed);
      to.nameCopied(copied.begun());
      if (!copied.head().equals(held.head())) {
        throw new BackupException(
            "Log '%s' in %s has the head %s, and had %s when the backup was made: it is not what was copied"
                .formatted(name, from.path(), copied.head(), held.head()));
      }
    }
  }
}
