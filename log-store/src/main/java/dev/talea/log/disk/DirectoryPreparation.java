// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogClock;
import dev.talea.log.LogLockedException;
import dev.talea.log.LogVersionException;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a directory ready for logs, once the lock of it is held: its format, its folders, and that
 * their names survive a crash. Runs once, on the opening thread.
 */
final class DirectoryPreparation {

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryPreparation.class);
  private static final String FORMAT = "talea log directory, format 2\n";
  private static final String UNRELEASED = "talea log directory, format 1\n";
  private static final int FORMAT_BYTES_MAX = 256;
  private static final int STRAYS_NAMED = 32;

  private final Disk disk;
  private final Path path;
  private final LogFiles files;

  DirectoryPreparation(Disk disk, Path path) {
    this.disk = disk;
    this.path = path;
    this.files = new LogFiles(path, disk);
  }

  /**
   * Takes the lock, creating the directory if it is not there, and makes it ready.
   *
   * @throws LogLockedException if this or another process has it open
   * @throws LogVersionException if it was made by a later version
   */
  DirectoryClaim claim(LogClock clock) throws IOException {
    disk.createDurably(path);
    DirectoryLock lock = DirectoryLock.take(disk, path, clock);
    boolean ready = false;
    try {
      checkFormat();
      disk.createDurably(files.books());
      syncNames();
      nameStrays(files.found().strays());
      DirectoryGuard guard = new DirectoryGuard(disk, path, files.books(), lock.identity());
      ready = true;
      return new DirectoryClaim(lock, guard);
    } finally {
      if (!ready) {
        lock.close();
      }
    }
  }

  /**
   * A process that died may have made any of these directories and not have synced their names, and
   * nothing shows it. So they are synced on every opening, before anything is acknowledged that
   * lies in them.
   */
  private void syncNames() throws IOException {
    disk.syncDirectory(files.books());
    disk.syncDirectory(path);
    Path absolute = path.toAbsolutePath().normalize();
    for (Path at = absolute.getParent(); at != null; at = at.getParent()) {
      try {
        disk.syncDirectory(at);
      } catch (IOException e) {
        if (at.equals(absolute.getParent()) && !(e instanceof AccessDeniedException)) {
          throw e;
        }
        // What this user may not open he has not made anything in; and of those further up most
        // are none of ours.
        LOG.debug("{} is not synced: {}", at, Words.of(e));
      }
    }
  }

  /**
   * The file FORMAT stops an older program from touching a directory of a newer kind. If it is
   * missing it is written again: every segment carries its own version, and the segments alone are
   * the log.
   */
  private void checkFormat() throws IOException {
    Path file = path.resolve(LogFiles.FORMAT_FILE);
    if (disk.exists(file)) {
      ByteBuffer content = ByteBuffer.allocate(FORMAT_BYTES_MAX);
      try (DiskFile open = disk.openForReading(file)) {
        open.read(content, 0);
      }
      String text = new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
      if (!text.equals(FORMAT)) {
        throw new LogVersionException(
            "The directory "
                + path
                + " says it is \""
                + text.strip()
                + "\"; this program knows \""
                + FORMAT.strip()
                + "\". "
                + (text.equals(UNRELEASED)
                    ? "Format 1 was never released; import what was exported from it."
                    : "Use the talea that made it, or a newer one."));
      }
      return;
    }
    Path temporary = path.resolve("FORMAT.tmp");
    disk.deleteIfExists(temporary);
    try (DiskFile open = disk.create(temporary)) {
      open.write(ByteBuffer.wrap(FORMAT.getBytes(StandardCharsets.UTF_8)), 0);
      open.force(true);
    }
    disk.rename(temporary, file);
    disk.syncDirectory(path);
  }

  private void nameStrays(List<FoundLogs.Stray> strays) {
    for (FoundLogs.Stray stray : strays.subList(0, Math.min(strays.size(), STRAYS_NAMED))) {
      LOG.warn("{} is no log: {}", files.books().resolve(stray.entry()), stray.what());
    }
    if (strays.size() > STRAYS_NAMED) {
      LOG.warn("{} more in {} are no logs", strays.size() - STRAYS_NAMED, files.books());
    }
  }
}
