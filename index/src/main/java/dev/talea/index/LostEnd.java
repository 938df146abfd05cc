// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedFiles;
import dev.talea.index.derived.DerivedHeader;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.index.keys.KeyRunLayout;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares the end of a log with what the files beside it know. They were made of durable records
 * only, so one that knows of more than the log has is the proof that the log was longer. Above the
 * packages of both kinds of files, of which neither knows the other.
 *
 * <p>Belongs to the thread that opens the book. Stateless.
 */
final class LostEnd {
  private LostEnd() {}

  /** Whether a file of this name is derived from the records of a book. */
  static boolean isName(String file) {
    return magic(file) != null;
  }

  /** With what a derived file of this name begins; null if the name is of none. */
  private static @Nullable String magic(String file) {
    if (CheckpointFile.isName(file)) {
      return CheckpointFile.MAGIC;
    }
    return KeyRunLayout.isName(file) ? KeyRunLayout.MAGIC : null;
  }

  /**
   * Makes sure that no file was derived from a longer log than this is. Looks at the headers only,
   * whose checksums are their own: a file that is damaged further on still proves how far the log
   * went.
   *
   * @throws LogDamagedException if the end of the log is lost
   * @throws UnreadableFileException if a file cannot be read at the moment; it may be the proof
   */
  static void check(Disk disk, Path folder, LogReader log) {
    long end = log.durableSeq();
    long known = 0;
    List<String> knownBy = new ArrayList<>();
    for (String name : DerivedFiles.list(disk, folder)) {
      String magic = magic(name);
      if (magic != null) {
        long seq = seqOf(disk, folder.resolve(name), magic, log.id());
        if (seq > end) {
          known = Math.max(known, seq);
          knownBy.add(name);
        }
      }
    }
    if (known > end) {
      throw LogDamagedException.endLost(log.name(), folder, end, known, knownBy);
    }
  }

  /**
   * Makes sure that a book that is about to begin was not there before: files that were derived
   * from it outlive segments that were deleted, and say so.
   *
   * @throws LogDamagedException if there are such files
   */
  static void checkNoneLeft(Disk disk, Path folder, String book) {
    if (!disk.exists(folder)) {
      return;
    }
    List<String> left = DerivedFiles.list(disk, folder).stream().filter(LostEnd::isName).toList();
    if (!left.isEmpty()) {
      long known = left.stream().mapToLong(LostEnd::seqInName).max().orElse(0);
      throw LogDamagedException.endLost(book, folder, 0, Math.max(known, 1), left);
    }
  }

  /** The last of the numbers in the name: up to where it covers the log. */
  private static long seqInName(String file) {
    String stem = file.substring(0, file.lastIndexOf('.'));
    return Long.parseLong(stem.substring(stem.lastIndexOf('-') + 1));
  }

  /** Up to where a file knows the log with this id; 0 if it says nothing about it. */
  private static long seqOf(Disk disk, Path path, String magic, long logId) {
    try (DiskFile file = disk.openForReading(path)) {
      DerivedHeader header = DerivedHeader.read(file, path, magic);
      return header.logId() == logId ? header.seq() : 0;
    } catch (DamagedFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UnreadableFileException(path, e);
    }
  }
}
