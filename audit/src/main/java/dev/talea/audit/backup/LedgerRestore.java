// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.backup;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.anchor.AnchorRecord;
import dev.talea.audit.check.LedgerVerdict;
import dev.talea.audit.check.LedgerVerifier;
import dev.talea.index.LedgerSnapshot;
import dev.talea.index.LogImport;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Limits;
import dev.talea.log.Disk;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.Logs;
import dev.talea.log.TreeHash;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LateSyncDisk;
import dev.talea.log.disk.LogFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a ledger of a backup: as it was when the backup was made, or with some books cut at an
 * earlier record, or all of them at an earlier moment.
 *
 * <p>A log that is not cut is copied, with its id. One that is cut is written anew from its events,
 * by the rules, so it has an id of its own and nothing that was derived from the longer one fits
 * it; and the log of anchors says that it was cut, from which head to which. The ledger gets its
 * name when all of it has been checked. One thread.
 */
public final class LedgerRestore {
  private static final int PAGE_EVENTS = 1_000;

  private final LogFiles from;
  private final Path directory;
  private final LogEnvironment environment;
  private final Disk disk;
  private final LedgerVerifier.Options check;
  private final LogsRestore logs;

  /** Of the restore that is run. */
  private Runnable beforeName = () -> {};

  /**
   * How far to go back.
   *
   * @param toSeq by book, its last record; 0 for none of it
   * @param asOfMicros the moment that everything else is cut at; null for all there is
   * @param reason goes into the log of anchors; may be empty
   */
  public record Request(Map<String, Long> toSeq, @Nullable Long asOfMicros, String reason) {
    public Request {
      toSeq = Map.copyOf(toSeq);
    }
  }

  /**
   * What has been made.
   *
   * @param records by log, how many it has
   * @param cut by log that was cut, how many it had in the backup
   */
  public record Report(Map<String, Long> records, Map<String, Long> cut) {}

  /**
   * A ledger to be made.
   *
   * @param from the backup
   * @param directory not there yet, or empty
   * @param check how the ledger is verified before it gets its name
   * @param passed told how many bytes have been gone over
   */
  public LedgerRestore(
      LogFiles from,
      Path directory,
      LogEnvironment environment,
      LedgerVerifier.Options check,
      LongConsumer passed) {
    this.from = from;
    this.directory = directory.toAbsolutePath().normalize();
    this.environment = environment;
    this.disk = environment.disk();
    this.check = check;
    this.logs = new LogsRestore(from, disk, passed);
  }

  /**
   * Makes it.
   *
   * @throws BackupException if there is no backup, it is damaged, or it does not hold what is asked
   *     for
   * @throws IOException if it cannot be written; what was written has another name
   */
  public Report run(Request request) throws IOException {
    return run(request, () -> {});
  }

  /**
   * As above, for a ledger that something else belongs to.
   *
   * @param beforeName called once the ledger is right and has not got its name: a ledger that is
   *     there is one beside which this was done
   */
  public Report run(Request request, Runnable beforeName) throws IOException {
    this.beforeName = beforeName;
    BackupManifest manifest = LogsRestore.finished(from);
    if (disk.exists(directory) && !disk.list(directory).isEmpty()) {
      throw new BackupException(
          directory + " is not empty: a ledger is restored into a new directory or an empty one");
    }
    boolean cuts = !request.toSeq().isEmpty() || request.asOfMicros() != null;
    if (!cuts || isAsFinished(manifest)) {
      return make(manifest, request, from);
    }
    Path finished = directory.resolveSibling(directory.getFileName() + ".finished");
    requireNew(finished);
    disk.createDurably(finished);
    LogFiles copies = new LogFiles(finished, new LateSyncDisk(disk)); // which nothing syncs
    try {
      logs.copy(manifest, manifest.logs().keySet(), copies);
      return make(manifest, request, new LogFiles(finished, disk));
    } finally {
      delete(copies, finished);
    }
  }

  /**
   * Whether the logs end where the manifest says. Behind that may lie what a later backup has left
   * that was not finished, torn or not: logs that are copied up to their ends do not show it, but
   * what reads events would take it for damage, or for more than was asked for.
   */
  private boolean isAsFinished(BackupManifest manifest) {
    try {
      for (Map.Entry<String, BackupManifest.Held> log : manifest.logs().entrySet()) {
        if (!from.read(log.getKey()).found().treeHead().equals(log.getValue().head())) {
          return false;
        }
      }
      return true;
    } catch (LogDamagedException e) {
      return false;
    }
  }

  /** Logs, and the directories that they lie in. */
  private void delete(LogFiles copies, Path under) throws IOException {
    Path books = copies.folder(AnchorLog.NAME).getParent();
    if (books != null && disk.exists(books)) {
      for (String folder : disk.list(books)) {
        for (String file : disk.list(books.resolve(folder))) {
          disk.deleteIfExists(books.resolve(folder).resolve(file));
        }
        disk.deleteIfExists(books.resolve(folder));
      }
      disk.deleteIfExists(books);
    }
    disk.deleteIfExists(under);
  }

  /**
   * Makes it of logs that hold what the manifest says.
   *
   * @param source the backup, or a copy of it as it was finished, for what reads events
   */
  private Report make(BackupManifest manifest, Request request, LogFiles source)
      throws IOException {
    Map<String, Long> wanted = wanted(manifest, request, source);
    Map<String, Long> cut = new TreeMap<>();
    wanted.forEach(
        (name, seq) -> {
          long size = LogsRestore.held(manifest, name).head().size();
          if (seq < size) {
            cut.put(name, size);
          }
        });
    if (cut.isEmpty()) {
      copyAll(manifest);
    } else {
      cutSome(manifest, source, wanted, cut, request.reason());
    }
    return new Report(wanted, cut);
  }

  /** How many records of each log there are to be. */
  private static Map<String, Long> wanted(
      BackupManifest manifest, Request request, LogFiles source) {
    Long asOf = request.asOfMicros();
    Map<String, Long> wanted = new TreeMap<>();
    for (Map.Entry<String, BackupManifest.Held> log : manifest.logs().entrySet()) {
      String name = log.getKey();
      long size = log.getValue().head().size();
      if (asOf != null && size > 0 && !name.equals(AnchorLog.NAME)) {
        size = Math.min(size, source.read(name).reader().lastSeqAt(asOf));
      }
      wanted.put(name, size);
    }
    request
        .toSeq()
        .forEach(
            (name, seq) -> {
              long size = LogsRestore.held(manifest, name).head().size();
              if (seq < 0 || seq > size) {
                throw new BackupException(
                    "Book '%s' has %d records in the backup, so it cannot end with seq %d"
                        .formatted(name, size, seq));
              }
              if (name.equals(AnchorLog.NAME)) {
                throw new BackupException(AnchorLog.NAME + " is not cut: it says what was");
              }
              wanted.put(name, seq);
            });
    return wanted;
  }

  private void copyAll(BackupManifest manifest) throws IOException {
    Path under = directory.resolveSibling(directory.getFileName() + ".restoring");
    requireNew(under);
    logs.copyAll(manifest, under);
    verify(under);
    beforeName.run();
    disk.rename(under, directory);
    Path parent = directory.getParent();
    if (parent != null) {
      disk.syncDirectory(parent);
    }
  }

  private void requireNew(Path under) {
    if (disk.exists(under)) {
      throw new BackupException(
          under + " is there, of a restore that was not finished: remove it, and begin again");
    }
  }

  private void cutSome(
      BackupManifest manifest,
      LogFiles source,
      Map<String, Long> wanted,
      Map<String, Long> cut,
      String reason)
      throws IOException {
    LogImport anew;
    try {
      anew = LogImport.into(directory, environment, LogImport.LookAhead.NONE);
    } catch (IllegalStateException e) {
      throw new BackupException(String.valueOf(e.getMessage()), e);
    }
    writeAnew(source, anew, wanted, cut);
    Path under = anew.under();
    LateSyncDisk late = new LateSyncDisk(disk);
    List<String> whole = new ArrayList<>(wanted.keySet());
    whole.removeAll(cut.keySet());
    whole.remove(DraftRules.SYSTEM_BOOK); // what is written anew needs its assets, so it is there
    logs.copy(manifest, whole, new LogFiles(under, late));
    sayCut(manifest, under, late, cut.keySet(), reason);
    late.syncAll();
    verify(under);
    beforeName.run();
    anew.finish();
  }

  /** Event by event, by the rules. */
  private void writeAnew(
      LogFiles source, LogImport anew, Map<String, Long> wanted, Map<String, Long> cut) {
    LedgerSnapshot snapshot = LedgerSnapshot.of(source.path(), cut::containsKey, environment, 1);
    boolean whole = false;
    try {
      List<String> books = new ArrayList<>(cut.keySet());
      books.remove(DraftRules.SYSTEM_BOOK);
      books.add(0, DraftRules.SYSTEM_BOOK);
      for (String book : books) {
        long end = wanted.getOrDefault(book, 0L);
        for (long seq = 0; seq < end; ) {
          List<Event> page = snapshot.events(book, seq, end, PAGE_EVENTS, Limits.PAGE_BYTES_MAX);
          for (Event event : page) {
            anew.add(book, event);
            seq = event.seq();
          }
          if (page.isEmpty()) {
            throw new BackupException(
                "Book '%s' of the backup ends with seq %d, before %d".formatted(book, seq, end));
          }
        }
      }
      anew.close();
      whole = true;
    } finally {
      if (!whole) {
        anew.abandon();
      }
    }
  }

  /** Into the log of anchors, that of the backup or a new one. */
  private void sayCut(
      BackupManifest manifest, Path under, LateSyncDisk late, Iterable<String> cut, String reason) {
    LogFiles files = new LogFiles(under, late);
    List<AnchorRecord> records = new ArrayList<>();
    for (String name : cut) {
      TreeHead before = LogsRestore.held(manifest, name).head();
      TreeHead now =
          files.exists(name)
              ? files.read(name).reader().treeHead()
              : new TreeHead(0, new TreeHash().empty());
      records.add(new AnchorRecord.Restore(name, before, now, reason));
    }
    try (Logs logs = files.open(LogSettings.DEFAULTS, environment.withDisk(late));
        AnchorLog anchors = AnchorLog.open(logs)) {
      anchors.append(records);
    }
  }

  private void verify(Path under) {
    LedgerVerdict verdict = new LedgerVerifier(new LogFiles(under, disk), disk, check).verify();
    if (!verdict.isRight()) {
      throw new BackupException(
          "What was restored is not right; it is in " + under + ", see 'talea verify' of it");
    }
  }
}
