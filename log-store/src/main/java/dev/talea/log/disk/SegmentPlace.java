// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.thread.SinkException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the segment being written is still what its name leads to, asked after every sync and
 * before its answers. Owned by the writer thread.
 *
 * <p>The segment itself is looked at rarely, because looking is not free: file systems with
 * multigrain timestamps (ext4, XFS and Btrfs from Linux 6.13) give a write a time of its own when
 * the one before has been read since, and then each sync writes the inode too. A segment cannot
 * lose its name without a change of its folder, which nothing writes between two commits, so the
 * folder is looked at after every sync, and the segment when the folder has changed, until times
 * are certain to tell the next change from that one, and once a second in any case.
 *
 * <p>Apart from {@link DirectoryGuard}, which all logs share, because this remembers one folder.
 */
final class SegmentPlace {

  /** Times of Linux file systems are those of its clock tick, 10 ms at most. */
  private static final long SETTLED_NANOS = 100_000_000L;

  /** Also for file systems whose times are coarser, such as FAT (2 s). */
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final Disk disk;
  private final DirectoryGuard guard;
  private final Path folder;
  private final LongSupplier nanos;

  private @Nullable Path file; // whose place was checked last
  private @Nullable Object names; // of the folder, when that was
  private long changedAt; // when the names were first seen to be these
  private long lookedAt; // when the file itself was looked at

  SegmentPlace(Disk disk, DirectoryGuard guard, Path folder, LongSupplier nanos) {
    this.disk = disk;
    this.guard = guard;
    this.folder = folder;
    this.nanos = nanos;
  }

  /** Throws if LOCK is not the file that is locked, or the segment is not the one it was. */
  void check(Path segment, Object identity) throws SinkException {
    Object found = names();
    long now = nanos.getAsLong();
    boolean same = found != null && found.equals(names) && segment.equals(file);
    if (same && lookedAt - changedAt > SETTLED_NANOS && now - lookedAt < LOOK_NANOS) {
      guard.check();
      return;
    }
    guard.check(segment, identity);
    if (!same) {
      file = segment;
      names = found;
      changedAt = now;
    }
    lookedAt = now;
  }

  /** Null if the folder is gone or unreadable: what is wrong is found by looking at the file. */
  private @Nullable Object names() {
    try {
      return disk.names(folder);
    } catch (IOException e) {
      return null;
    }
  }
}
