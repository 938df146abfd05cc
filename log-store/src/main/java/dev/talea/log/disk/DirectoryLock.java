// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogClock;
import dev.talea.log.LogLockedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a directory for this process, in three ways because each alone has a hole:
 *
 * <ol>
 *   <li>A set of the real paths held within this JVM. The operating system's lock belongs to the
 *       process, so it would not stop a second opening here; worse, closing <em>any</em> descriptor
 *       of the lock file gives the lock up for the whole process. So the second opening is refused
 *       before the file is touched.
 *   <li>The operating system's lock on the empty file LOCK, opened once and never for anything
 *       else. It ends with the process, however that ends.
 *   <li>LOCK.info, a separate file that says who holds the lock, for the message. If the lock was
 *       to be had although the process named there is still alive on this machine, then a thread in
 *       that process has opened and closed LOCK (a backup, say) and the lock is gone without its
 *       holder knowing; the opening is refused all the same.
 * </ol>
 *
 * Safe for use by many threads.
 */
final class DirectoryLock implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();
  private static final int INFO_BYTES_MAX = 4096;
  static final String FILE = "LOCK";

  private final Disk disk;
  private final Path realPath;
  private final Path info;
  private final Disk.DiskLock lock;
  private final Object identity;

  private DirectoryLock(Disk disk, Path realPath, Path info, Disk.DiskLock lock, Object identity) {
    this.disk = disk;
    this.realPath = realPath;
    this.info = info;
    this.lock = lock;
    this.identity = identity;
  }

  /** Which file LOCK was when it was locked. */
  Object identity() {
    return identity;
  }

  /**
   * Takes the lock of an existing directory.
   *
   * @throws LogLockedException if it is held, saying by whom
   */
  static DirectoryLock take(Disk disk, Path directory, LogClock clock) throws IOException {
    Path realPath = disk.realPath(directory);
    if (!HELD.add(realPath)) {
      throw new LogLockedException(
          "The directory "
              + realPath
              + " is open already in this process (pid "
              + ProcessIdentity.ofThisProcess().pid()
              + "). Close it first, or use the one that is open.");
    }
    boolean taken = false;
    try {
      DirectoryLock lock = takeFromOthers(disk, realPath, clock);
      taken = true;
      return lock;
    } finally {
      if (!taken) {
        HELD.remove(realPath);
      }
    }
  }

  private static DirectoryLock takeFromOthers(Disk disk, Path realPath, LogClock clock)
      throws IOException {
    Path info = realPath.resolve("LOCK.info");
    Disk.DiskLock lock = disk.tryLock(realPath.resolve(FILE));
    Properties holder = read(disk, info);
    if (lock == null) {
      throw new LogLockedException(
          "The directory "
              + realPath
              + " is in use by another process: "
              + describe(holder)
              + ". Stop that one first, or use another directory.");
    }
    boolean taken = false;
    try {
      String here = disk.identity(realPath).toString();
      ProcessIdentity self = ProcessIdentity.ofThisProcess();
      ProcessIdentity named = identity(holder);
      // A copy of a directory in use has the LOCK.info of the original, which says of which.
      boolean ofHere = here.equals(holder.getProperty("directory", here));
      if (ofHere && named != null && named.livesBeside(self)) {
        throw new LogLockedException(
            "The directory "
                + realPath
                + " is in use by another process: "
                + describe(holder)
                + ". That process is alive but has lost the lock on its LOCK file, which happens"
                + " when something within it opens and closes that file, or when the file is"
                + " removed. Stop it first.");
      }
      DirectoryLock held =
          new DirectoryLock(disk, realPath, info, lock, disk.identity(realPath.resolve(FILE)));
      held.writeInfo(self, clock, here);
      taken = true;
      return held;
    } finally {
      if (!taken) {
        lock.close();
      }
    }
  }

  @Override
  public void close() {
    try {
      if (isStillHere()) {
        disk.deleteIfExists(info);
      }
      lock.close();
    } catch (IOException e) {
      LOG.warn("giving up the lock of {} failed; it ends with this process", realPath, e);
    } finally {
      HELD.remove(realPath);
    }
  }

  /** The LOCK.info of another directory that was put in the place of this one is not ours. */
  private boolean isStillHere() {
    try {
      return disk.identity(realPath.resolve(FILE)).equals(identity);
    } catch (IOException e) {
      return false;
    }
  }

  private void writeInfo(ProcessIdentity self, LogClock clock, String directory) {
    Instant since = Instant.EPOCH.plus(clock.micros(), ChronoUnit.MICROS);
    String text =
        "pid="
            + self.pid()
            + "\nhost="
            + self.host()
            + "\nstarted="
            + self.started()
            + "\nsince="
            + since
            + "\ndirectory="
            + directory
            + "\n";
    Path temporary = info.resolveSibling("LOCK.info.tmp");
    try {
      disk.deleteIfExists(temporary);
      try (DiskFile file = disk.create(temporary)) {
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      }
      disk.rename(temporary, info);
    } catch (IOException e) {
      // A full disk, say. The lock itself holds; only the message for others will be poorer.
      LOG.warn("{} could not be written: {}", info, e.getMessage());
    }
  }

  /** What LOCK.info says; empty if there is none or it cannot be read. */
  private static Properties read(Disk disk, Path info) {
    Properties values = new Properties();
    if (!disk.exists(info)) {
      return values;
    }
    try (DiskFile file = disk.openForReading(info)) {
      ByteBuffer content = ByteBuffer.allocate((int) Math.min(file.size(), INFO_BYTES_MAX));
      file.read(content, 0);
      for (String line : new String(content.array(), StandardCharsets.UTF_8).split("\n", -1)) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.setProperty(line.substring(0, equals), line.substring(equals + 1));
        }
      }
    } catch (IOException e) {
      LOG.debug("{} cannot be read", info, e);
    }
    return values;
  }

  private static @Nullable ProcessIdentity identity(Properties holder) {
    try {
      return new ProcessIdentity(
          Long.parseLong(holder.getProperty("pid", "")),
          holder.getProperty("host", ""),
          Instant.parse(holder.getProperty("started", "")));
    } catch (NumberFormatException | DateTimeException e) {
      return null;
    }
  }

  private static String describe(Properties holder) {
    if (holder.getProperty("pid") == null) {
      return "who it is could not be found out";
    }
    return "pid "
        + holder.getProperty("pid")
        + " on host "
        + holder.getProperty("host")
        + ", since "
        + holder.getProperty("since");
  }
}
