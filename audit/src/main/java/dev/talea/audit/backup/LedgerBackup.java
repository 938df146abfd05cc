// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.ledger.DraftRules;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import dev.talea.log.disk.CopyReport;
import dev.talea.log.disk.LateSyncDisk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.LogLook;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies a ledger in logs beside a running server, without its lock and without touching it. The
 * copy is a directory of logs itself, whole and closed; one that is there is brought up to date,
 * and only what is new is written.
 *
 * <p>All logs are cut at one moment, which is no earlier than the beginning of the backup: what was
 * acknowledged before that is in it, and no group is in it without those that were acknowledged
 * before it began, in whatever book. One thread.
 */
public final class LedgerBackup {
  private static final String LOCK = "BACKUP.lock";
  private static final String FORMAT = "FORMAT";

  /** A writer proves its last block soon after it has nothing to write; a dead one never does. */
  private static final int LOOKS_MAX = 80;

  private static final long LOOK_NANOS = 100_000_000;

  private final LogFiles from;
  private final Path directory;
  private final Disk disk;
  private final LongSupplier clock;
  private final LongConsumer pause;
  private final LongConsumer passed;

  /**
   * What has been done.
   *
   * @param logs how many there are, the registry and the anchors counted
   * @param records how many all logs have
   * @param written bytes that the backup did not have before
   * @param cutMicros nothing committed later is in it
   */
  public record Report(int logs, long records, long written, long cutMicros) {}

  /** What else is copied, beside the logs. */
  public interface Along {
    /**
     * Nothing has been cut yet: what is copied here speaks of nothing that the logs will not hold.
     */
    default void beforeCut() throws IOException {}

    /**
     * All logs are copied and on disk, and the backup does not say so yet. If this fails, it holds
     * what it held before.
     */
    default void copied() throws IOException {}

    /**
     * The backup says it, on disk, and no other one begins in its directory before this returns:
     * what it does not hold any more may go.
     */
    default void finished() throws IOException {}
  }

  /**
   * A backup to be made.
   *
   * @param from the ledger
   * @param directory where the backup is, or will be
   * @param clock microseconds since the epoch
   * @param pause waits for so many nanoseconds
   * @param passed told how many bytes have been gone over; may pause
   */
  public LedgerBackup(
      LogFiles from, Path directory, LongSupplier clock, LongConsumer pause, LongConsumer passed) {
    this.from = from;
    this.directory = directory.toAbsolutePath().normalize();
    this.disk = from.disk();
    this.clock = clock;
    this.pause = pause;
    this.passed = passed;
  }

  /**
   * Makes it.
   *
   * @throws BackupException if the directory holds anything else
   * @throws dev.talea.log.LogException if the ledger cannot be read, or is damaged
   * @throws IOException if the backup cannot be written; what it held before it still holds
   */
  public Report run() throws IOException {
    return run(new Along() {});
  }

  /** As above, and is told when something else may be copied. */
  public Report run(Along along) throws IOException {
    BackupManifest before = begin();
    Disk.DiskLock lock = lock();
    try {
      along.beforeCut();
      Report report = copy(before, new LateSyncDisk(disk), along);
      along.finished();
      return report;
    } finally {
      lock.close();
    }
  }

  /** Makes sure that nothing but a backup of this ledger is written to. */
  private BackupManifest begin() throws IOException {
    Path ledger = disk.realPath(from.path());
    Path real = realPath(directory);
    if (real.startsWith(ledger) || ledger.startsWith(real)) {
      throw new BackupException(
          directory + " and " + from.path() + " lie in one another; name another directory");
    }
    if (disk.exists(directory)) {
      BackupManifest found = BackupManifest.read(disk, directory);
      if (found != null) {
        return found;
      }
      if (!List.of(BackupManifest.TEMPORARY).containsAll(disk.list(directory))) {
        throw new BackupException(
            directory
                + " is not empty, and holds no backup: there is no file "
                + BackupManifest.FILE
                + ". Name a directory that is not there yet, or empty");
      }
    }
    disk.createDurably(directory);
    // All of them may have been made by a backup that failed before it had synced their names. A
    // directory that may not be opened has none that was made by a backup.
    try {
      for (Path at = directory.getParent(); at != null; at = at.getParent()) {
        disk.syncDirectory(at);
      }
    } catch (AccessDeniedException e) {
      disk.syncDirectory(directory);
    }
    BackupManifest empty = new BackupManifest(0, Map.of());
    empty.write(disk, directory);
    return empty;
  }

  /** Of a directory that need not be there yet. */
  private Path realPath(Path path) throws IOException {
    Path parent = path.getParent();
    return disk.exists(path) || parent == null
        ? disk.realPath(path)
        : realPath(parent).resolve(path.getFileName());
  }

  private Disk.DiskLock lock() throws IOException {
    Disk.DiskLock lock = disk.tryLock(directory.resolve(LOCK));
    if (lock == null) {
      throw new BackupException("Another backup is being made in " + directory + "; wait for it");
    }
    return lock;
  }

  private Report copy(BackupManifest before, LateSyncDisk late, Along along) throws IOException {
    Map<String, Long> atFirst = new HashMap<>();
    long cut = cut(atFirst);
    awaitProof(atFirst);
    copyFormat(late, before.logs().isEmpty());
    LogFiles to = new LogFiles(directory, late);
    Map<String, BackupManifest.Held> held = new HashMap<>();
    long records = 0;
    long written = 0;
    List<Path> begun = new ArrayList<>();
    for (String name : names(before)) {
      LogLook look = from.read(name);
      long seq = look.reader().lastSeqAt(cut);
      if (seq < atFirst.getOrDefault(name, 0L)) {
        seq = look.found().lastSeqAt(cut); // its writer is gone, or did not prove it in time
      }
      BackupManifest.Held had = before.logs().get(name);
      CopyReport copied = from.copy(name, seq, to, had == null ? 0 : had.end(), passed);
      held.put(name, new BackupManifest.Held(copied.head(), copied.end()));
      records += copied.head().size();
      written += copied.written();
      begun.addAll(copied.begun());
    }
    late.syncAll();
    to.nameCopied(begun);
    late.syncAll();
    disk.syncDirectory(directory);
    along.copied();
    new BackupManifest(cut, held).write(disk, directory);
    return new Report(held.size(), records, written, cut);
  }

  /**
   * The moment at which all logs are cut: now, or, should the clock have been set back, when the
   * last group was committed that is there now.
   */
  private long cut(Map<String, Long> atFirst) {
    long cut = clock.getAsLong();
    for (String name : from.names()) {
      LogReader found = from.read(name).found();
      atFirst.put(name, found.durableSeq());
      cut = Math.max(cut, found.durableTime());
    }
    return cut;
  }

  /** What lies at the very end may not be on disk yet, and may be lost; then it is not copied. */
  private void awaitProof(Map<String, Long> atFirst) {
    List<String> unproven = new ArrayList<>(atFirst.keySet());
    for (int looks = 0; looks < LOOKS_MAX; looks++) {
      unproven.removeIf(
          name -> from.read(name).reader().durableSeq() >= atFirst.getOrDefault(name, 0L));
      if (unproven.isEmpty()) {
        return;
      }
      pause.accept(LOOK_NANOS);
    }
  }

  /**
   * The anchors come first, as every book that they name is there by then; the registry last, as
   * every asset that a book names was registered before.
   */
  private List<String> names(BackupManifest before) {
    List<String> names = new ArrayList<>(from.names());
    for (String had : before.logs().keySet()) {
      if (!names.contains(had)) {
        throw new BackupException(
            "Log '%s' is in the backup %s, and not in %s any more: it is lost, or this is another ledger. Make the backup in a new directory"
                .formatted(had, directory, from.path()));
      }
    }
    return ordered(names);
  }

  private static List<String> ordered(List<String> names) {
    List<String> ordered = new ArrayList<>();
    if (names.remove(AnchorLog.NAME)) {
      ordered.add(AnchorLog.NAME);
    }
    boolean registry = names.remove(DraftRules.SYSTEM_BOOK);
    ordered.addAll(names);
    if (registry) {
      ordered.add(DraftRules.SYSTEM_BOOK);
    }
    return ordered;
  }

  /**
   * @param first no backup has been finished: after a sync that failed the file may be readable,
   *     and on no disk
   */
  private void copyFormat(LateSyncDisk late, boolean first) throws IOException {
    Path target = directory.resolve(FORMAT);
    byte @Nullable [] format = content(from.path().resolve(FORMAT));
    if (format != null && (first || !Arrays.equals(format, content(target)))) {
      late.deleteIfExists(target);
      try (DiskFile file = late.create(target)) {
        file.write(ByteBuffer.wrap(format), 0);
      }
    }
  }

  private byte @Nullable [] content(Path path) throws IOException {
    if (!disk.exists(path)) {
      return null;
    }
    try (DiskFile file = disk.openForReading(path)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.size(), 4096));
      file.read(bytes, 0);
      return Arrays.copyOf(bytes.array(), bytes.position());
    }
  }
}
