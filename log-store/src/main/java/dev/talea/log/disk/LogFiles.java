// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogIoException;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogVersionException;
import dev.talea.log.Logs;
import dev.talea.log.TreeWatch;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Looks at the logs of a directory and touches nothing: takes no lock, creates, renames and deletes
 * nothing, and may do so beside a process that writes them. {@link #open} alone takes the
 * directory.
 *
 * <p>Knows where things lie, and keeps nothing but the place. Safe for use by many threads.
 */
public final class LogFiles {

  private static final int LOOKS_MAX = 4;
  private static final int STRAYS_SHOWN = 8;

  /** Says what kind of directory it is; see {@link DirectoryPreparation}. */
  static final String FORMAT_FILE = "FORMAT";

  private final Path path;
  private final Disk disk;

  /** Looks at nothing yet. */
  public LogFiles(Path path, Disk disk) {
    this.path = path;
    this.disk = disk;
  }

  /** The directory. */
  public Path path() {
    return path;
  }

  /** What it is read through; files derived from a log lie on it too. */
  public Disk disk() {
    return disk;
  }

  /** The folder that the folders of all logs lie in. */
  Path books() {
    return path.resolve("books");
  }

  /** The folder of a log, whether there is one or not. */
  public Path folder(String name) {
    return books().resolve(LogNames.folder(name));
  }

  /**
   * Whether there is a directory of logs here, as {@link #open} leaves one behind: with its format
   * and the folder that logs lie in, or with a log at least.
   */
  public boolean isThere() {
    return disk.exists(books())
        && (disk.exists(path.resolve(FORMAT_FILE)) || !found().names().isEmpty());
  }

  /** The name of the folder of a log, which heads and proofs of that log bear. */
  public static String folderName(String name) {
    return LogNames.folder(name);
  }

  /** Says whether there is a log of this name. */
  public boolean exists(String name) {
    return SegmentFiles.anyIn(disk, folder(name));
  }

  /** Names of the logs, sorted by their bytes. */
  public List<String> names() {
    return found().names();
  }

  /** The logs and what else lies beside them. */
  public FoundLogs found() {
    try {
      Path books = books();
      if (!disk.exists(books)) {
        return new FoundLogs(List.of(), List.of());
      }
      List<String> names = new ArrayList<>();
      List<FoundLogs.Stray> strays = new ArrayList<>();
      for (String folder : disk.list(books)) {
        String name = LogNames.name(folder);
        String wrong =
            name == null
                ? "its name is not that of a log's folder"
                : whyNoLog(books.resolve(folder));
        if (name == null || !wrong.isEmpty()) {
          strays.add(new FoundLogs.Stray(folder, wrong));
        } else {
          names.add(name);
        }
      }
      names.sort(LogNames.BY_BYTES);
      return new FoundLogs(names, strays);
    } catch (IOException e) {
      throw new LogIoException(
          "The logs in " + path + " cannot be listed: " + Words.of(e), path, e);
    }
  }

  /** Empty if it is one, or may be: what cannot be looked into is opened, and that says why. */
  private String whyNoLog(Path folder) {
    if (disk.exists(SegmentFiles.file(folder, 1))) {
      return "";
    }
    try {
      List<String> files = disk.list(folder);
      if (files.stream().anyMatch(SegmentFiles::isSegment)) {
        return "";
      }
      return files.isEmpty()
          ? "an empty folder"
          : "a folder without a segment, which alone would be the log; it holds " + some(files);
    } catch (NotDirectoryException e) {
      return "a file, not a folder";
    } catch (IOException e) {
      return "";
    }
  }

  private static String some(List<String> files) {
    int shown = Math.min(files.size(), STRAYS_SHOWN);
    String names = String.join(", ", files.subList(0, shown));
    return shown == files.size() ? names : names + " and " + (files.size() - shown) + " more";
  }

  /**
   * Opens a log for reading. What it shows ends with the last block that is proven to be on disk,
   * by a later block or a close mark: beside a running writer, and after a crash, that can leave
   * out the very last one. {@link LogLook#refresh} looks again.
   *
   * @throws LogNotFoundException if there is none of this name
   * @throws LogDamagedException if what was acknowledged is damaged
   */
  public LogLook read(String name) {
    return LogLook.at(
        new SegmentMaps(disk, LogSettings.DEFAULTS.mappedSegmentsMax()), folder(name), name);
  }

  /**
   * Reads what lies before damage in the last segment of a log, if there is any: in order to say
   * what is damaged, and for nothing else.
   *
   * @throws LogDamagedException if the damage is in the headers of segments
   */
  public LogReader readBeforeDamage(String name) {
    SegmentMaps maps = new SegmentMaps(disk, LogSettings.DEFAULTS.mappedSegmentsMax());
    return Recovery.beforeDamage(maps, folder(name), name);
  }

  /**
   * All of them for reading, as something to build on: each log opens as {@link #read} finds it,
   * takes no requests, and does not change any more.
   */
  public Logs look() {
    return new LookedAtLogs(this);
  }

  /**
   * Checks every byte of a log: checksums, the chain of blocks, the roots of the hash tree, and
   * that nothing lies behind the ends.
   *
   * @throws LogDamagedException at the first byte that is not what was written
   */
  public VerifyReport verify(String name) {
    return verify(name, bytes -> {}, () -> TreeWatch.NONE);
  }

  /**
   * As above, telling of its progress.
   *
   * @param passed told how many bytes have been passed since the last call; after each block, so it
   *     may also be used to go slowly
   * @param watch makes one that is told of the tree at the sizes it wants, for each time that the
   *     log has to be gone over; the last one made has seen all of it
   */
  public VerifyReport verify(String name, LongConsumer passed, Supplier<TreeWatch> watch) {
    return besideWriter(() -> LogVerifier.verify(disk, folder(name), name, passed, watch.get()));
  }

  /**
   * Copies a log up to a record into another directory, which may hold an earlier copy, checking
   * every block that it reads. Segments that it begins get their names by {@link #nameCopied}.
   *
   * @param lastSeq of the last record of a group, or 0
   * @param to where the copy goes; nothing is synced there that its disk does not sync by itself
   * @param known {@link CopyReport#end} of an earlier copy that has been synced, 0 for none
   * @param passed told how many bytes have been passed since the last call
   * @throws LogDamagedException if the log is not what was written
   * @throws LogIoException if it cannot be read, or the copy not written
   * @throws IllegalStateException if the earlier copy is not the beginning of this log
   */
  public CopyReport copy(String name, long lastSeq, LogFiles to, long known, LongConsumer passed) {
    return new LogCopy(disk, folder(name), name, to.disk, to.folder(name), known, passed)
        .copy(lastSeq);
  }

  /**
   * Gives segments their names that {@link #copy} has begun here, once they are on disk: a segment
   * that is half there is damage, and one without a name is nothing.
   *
   * @param begun {@link CopyReport#begun}
   */
  public void nameCopied(List<Path> begun) {
    try {
      for (Path segment : begun) {
        disk.rename(LogCopy.unnamed(segment), segment);
        disk.syncDirectory(Objects.requireNonNull(segment.getParent()));
      }
    } catch (IOException e) {
      throw new LogIoException(
          "Segments of the copy in " + path + " cannot be given their names: " + Words.of(e),
          path,
          e);
    }
  }

  /**
   * Beside a running writer a derived file can be read that is newer than the list of segments.
   * Then there is no loss, only progress; another look tells.
   */
  static <T> T besideWriter(Supplier<T> look) {
    for (int looks = 1; ; looks++) {
      try {
        return look.get();
      } catch (LogDamagedException e) {
        if (!e.isEndLost() || looks == LOOKS_MAX) {
          throw e;
        }
      }
    }
  }

  /**
   * Takes the lock and opens the directory for writing, creating it if it is not there.
   *
   * @param environment whose disk is the one looked at here
   * @throws LogLockedException if this or another process has it open
   * @throws LogVersionException if it was made by a later version
   */
  public Logs open(LogSettings settings, LogEnvironment environment) {
    return LogDirectory.open(path, settings, environment.withDisk(disk));
  }
}
