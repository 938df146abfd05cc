// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.log.Disk;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The directory of a ledger as a command is told it, for those that look at it without a server.
 * One thread.
 */
final class LedgerDirectory {
  private final Path path;
  private final Disk disk = new NioDisk();
  private final LogFiles files;

  private LedgerDirectory(Path path) {
    this.path = path;
    this.files = new LogFiles(path, disk);
  }

  /**
   * Finds it.
   *
   * @param name as typed: a path, or {@code log://PATH} as in settings
   */
  static LedgerDirectory of(Shell shell, String name) {
    String place = name.startsWith("log://") ? name.substring("log://".length()) : name;
    Path path = shell.directory().resolve(place);
    if (!Files.exists(path)) {
      throw new FailedException("There is no directory " + path + ".");
    }
    LedgerDirectory directory = new LedgerDirectory(path);
    if (!directory.files.isThere()) {
      throw new FailedException(
          path
              + " is not the directory of a ledger: there is no folder 'books' with a log in it."
              + " Name the directory that TALEA_DB_URL names.");
    }
    return directory;
  }

  Path path() {
    return path;
  }

  Disk disk() {
    return disk;
  }

  LogFiles files() {
    return files;
  }

  /** Refuses the name of a book that is not there; {@code _anchors} is none. */
  void requireBook(String book) {
    if (book.equals(AnchorLog.NAME)) {
      throw new FailedException(
          "_anchors is no book: it holds heads of books. 'talea verify' and 'talea inspect' look at"
              + " it, and 'talea head' without --book shows its head.");
    }
    requireLog(book);
  }

  /** Refuses the name of a log that is not there. */
  void requireLog(String book) {
    if (!files.exists(book)) {
      throw new FailedException("There is no book '" + book + "' in " + path + ".");
    }
  }

  /** Bytes of all segments, about; for progress. */
  long bytes() {
    long[] sum = {0};
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              sum[0] += file.toString().endsWith(".log") ? attributes.size() : 0;
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE; // reading it will say what is wrong
            }
          });
    } catch (IOException e) {
      return 0;
    }
    return sum[0];
  }
}
