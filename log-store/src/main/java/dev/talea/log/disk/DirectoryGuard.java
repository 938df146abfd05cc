// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.format.Words;
import dev.talea.log.thread.SinkException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether the directory is still the one that was opened. Safe for use by many threads.
 *
 * <p>The lock is on a file, and the files written are open: both stay what they are when an
 * operator moves the directory away and puts a copy in its place, and then commits would be
 * acknowledged into files that no one finds again, while another process may hold the lock of the
 * copy. So the names are compared with what they were when the directory was opened: that of LOCK
 * for all logs, that of the segment for the one that is written. A look takes one or two
 * microseconds.
 *
 * <p>Once LOCK was another file, that is final: what happened in between is not known.
 */
final class DirectoryGuard {

  private final Disk disk;
  private final Path path;
  private final Path lock;
  private final Object lockIdentity;
  private final Path books;
  private final Object booksIdentity;
  private volatile @Nullable String replaced;

  DirectoryGuard(Disk disk, Path path, Path books, Object lockIdentity) throws IOException {
    this.disk = disk;
    this.path = path;
    this.lock = path.resolve(DirectoryLock.FILE);
    this.lockIdentity = lockIdentity;
    this.books = books;
    this.booksIdentity = disk.identity(books);
  }

  /** Throws if LOCK is not the file that is locked. */
  void check() throws SinkException {
    String known = replaced;
    if (known == null) {
      known = difference(lock, lockIdentity);
    }
    if (known != null) {
      replaced = known; // and is never taken back: other threads look at the same time
      throw SinkException.fatal(Reason.REPLACED, known, null);
    }
  }

  /** As {@link #check()}; and throws if the folder of all logs is another. */
  void checkBooks() throws SinkException {
    check();
    String found = difference(books, booksIdentity);
    if (found != null) {
      replaced = found;
      check();
    }
  }

  /** As {@link #check()}; and throws if a file is not the one it was. */
  void check(Path file, Object identity) throws SinkException {
    check();
    String found = difference(file, identity);
    if (found != null) {
      checkBooks();
      throw SinkException.fatal(Reason.REPLACED, found, null);
    }
  }

  /** Why nothing in the directory is written any more, or null if it is still the one opened. */
  @Nullable LogUnavailableException look() {
    try {
      checkBooks();
      return null;
    } catch (SinkException e) {
      return LogUnavailableException.end(
          e.reason(),
          false,
          "The directory "
              + path
              + " takes no writes: "
              + e.getMessage()
              + (e.reason() == Reason.REPLACED
                  ? ". Stop this process, and see which directory is the right one before you start"
                      + " it again."
                  : "."),
          path,
          e);
    }
  }

  private @Nullable String difference(Path file, Object identity) throws SinkException {
    try {
      return disk.identity(file).equals(identity)
          ? null
          : file + " is not the one that was opened: another was put in its place";
    } catch (NoSuchFileException | NotDirectoryException e) {
      return file + " is gone: it was removed or moved away while it was in use";
    } catch (IOException e) {
      throw SinkException.fatal(
          Reason.ofNotOpened(e),
          "it could not be seen whether " + file + " is still the one: " + Words.of(e),
          e);
    }
  }
}
