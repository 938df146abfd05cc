// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Outage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether the names of a SQLite database still stand for the files that were opened. An open
 * file stays what it is when its name is removed or given to another one: commits would go on being
 * acknowledged into a file that no restart will find. So it is asked before each transaction, after
 * each commit and before its answers. What was once exchanged stays out of use, also if it is put
 * back: in between another process may have written.
 *
 * <p>The files themselves are looked at rarely, because looking is not free: file systems with
 * multigrain timestamps (ext4, XFS and Btrfs from Linux 6.13) give a write a time of its own when
 * the one before has been read since, and then each sync of the log of changes writes the inode
 * too. A file cannot lose its name without a change of its folder, which SQLite does not write to
 * between two commits. So the folder is looked at each time, and the files when the folder has
 * changed, until times are certain to tell the next change from that one, and once a second in any
 * case.
 *
 * <p>Apart from the database because it asks the file system and not SQLite. Any thread.
 */
final class SqliteFiles {
  /** Times of Linux file systems are those of its clock tick, 10 ms at most. */
  private static final long SETTLED_NANOS = 100_000_000L;

  /** Also for file systems whose times are coarser, such as FAT (2 s). */
  private static final long LOOK_NANOS = 1_000_000_000L;

  /** What the file system says. */
  interface Names {
    /** See {@link SystemFiles#identity}. */
    @Nullable Object identity(Path file) throws IOException;

    /** See {@link SystemFiles#names}. */
    Object names(Path folder) throws IOException;
  }

  private static final Names SYSTEM =
      new Names() {
        @Override
        public @Nullable Object identity(Path file) throws IOException {
          return SystemFiles.identity(file);
        }

        @Override
        public Object names(Path folder) throws IOException {
          return SystemFiles.names(folder);
        }
      };

  private final Path file;
  private final LongSupplier nanos;
  private final Names system;

  /** What was opened; null until it has been. */
  private volatile @Nullable Opened opened;

  /** The log of changes and its index, which SQLite makes beside the file; null for not yet. */
  private volatile @Nullable Beside beside;

  /** When the file was found to be the one that was opened; null for not yet. */
  private volatile @Nullable Look fileLook;

  /** As {@link #fileLook}, for the file and what lies beside it. */
  private volatile @Nullable Look allLook;

  private volatile @Nullable Outage replaced;

  /**
   * A look at files, all of which were the right ones.
   *
   * @param folders as they were found just before
   * @param changedAt when the folders were first found like that
   * @param at when it was
   */
  private record Look(List<Object> folders, long changedAt, long at) {
    /** Whether the files are the same for certain as long as the folders are, and for now. */
    boolean counts(long now) {
      return at - changedAt > SETTLED_NANOS && now - at < LOOK_NANOS;
    }
  }

  /**
   * What was opened.
   *
   * @param folders what must change for the name to lead elsewhere
   */
  private record Opened(Path real, Object identity, List<Path> folders) {
    Path log() {
      return real.resolveSibling(real.getFileName() + "-wal");
    }

    Path index() {
      return real.resolveSibling(real.getFileName() + "-shm");
    }
  }

  private record Beside(@Nullable Object log, @Nullable Object index) {}

  /**
   * @param nanos a clock for intervals
   */
  SqliteFiles(Path file, LongSupplier nanos) {
    this(file, nanos, SYSTEM);
  }

  SqliteFiles(Path file, LongSupplier nanos, Names system) {
    this.file = file;
    this.nanos = nanos;
    this.system = system;
  }

  /** Whether there is a file that counts from now on. */
  boolean isOpened() {
    return opened != null;
  }

  /** The file as it is now is the one that counts. Called while a connection to it is open. */
  void opened() throws OutageException {
    try {
      Path real = SystemFiles.realPath(file);
      Object identity = system.identity(real);
      if (identity == null) {
        throw replaced("was removed");
      }
      opened = new Opened(real, identity, SystemFiles.folders(file));
      fileLook = null;
      allLook = null;
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  /** The connection that writes has just begun its first transaction. */
  void writing() throws OutageException {
    Opened before = opened;
    if (before != null) {
      try {
        beside = new Beside(system.identity(before.log()), system.identity(before.index()));
        allLook = null;
      } catch (IOException e) {
        throw unknown(e);
      }
    }
  }

  /** The file is still the one that was opened. */
  void check() throws OutageException {
    Opened before = wanted();
    if (before != null) {
      fileLook = look(before, null, fileLook);
    }
  }

  /** The file and what lies beside it are still those that were opened. */
  void checkAll() throws OutageException {
    Opened before = wanted();
    Beside made = beside;
    if (before != null && made != null) {
      allLook = look(before, made, allLook);
    } else {
      check();
    }
  }

  /** What there is to compare with; null if nothing was opened yet. */
  private @Nullable Opened wanted() throws OutageException {
    Outage known = replaced;
    if (known != null) {
      throw new OutageException(known);
    }
    return opened;
  }

  /** Returns the look before if that one counts. */
  private @Nullable Look look(Opened before, @Nullable Beside made, @Nullable Look last)
      throws OutageException {
    List<Object> folders = names(before.folders); // before the files: what changes then is seen
    long now = nanos.getAsLong();
    Look same = last != null && last.folders.equals(folders) ? last : null;
    if (same != null && same.counts(now)) {
      return same;
    }
    try {
      compare(file, before.identity);
      if (made != null) {
        compare(before.log(), made.log);
        compare(before.index(), made.index);
      }
    } catch (IOException e) {
      throw unknown(e);
    }
    return folders == null ? null : new Look(folders, same == null ? now : same.changedAt, now);
  }

  /** Null if one is gone or unreadable: what is wrong is found by looking at the files. */
  private @Nullable List<Object> names(List<Path> folders) {
    try {
      List<Object> names = new ArrayList<>(folders.size());
      for (Path folder : folders) {
        names.add(system.names(folder));
      }
      return names;
    } catch (IOException e) {
      return null;
    }
  }

  /** Why the files are out of use until a restart; null if they are not. */
  @Nullable Outage outage() {
    try {
      checkAll();
      return replaced;
    } catch (OutageException e) {
      return OutageException.in(e);
    }
  }

  private void compare(Path path, @Nullable Object before) throws IOException, OutageException {
    Object now = system.identity(path);
    if (!Objects.equals(now, before)) {
      throw replaced(
          path.getFileName() + (now == null ? " was moved or removed" : " is another file now"));
    }
  }

  private OutageException replaced(String what) {
    Outage why =
        new Outage(
            Outage.Cause.REPLACED,
            "the file of the ledger was moved, removed or exchanged while it was in use",
            "The SQLite file "
                + file.toAbsolutePath()
                + " was exchanged while it was in use: "
                + what
                + ". What was acknowledged is in the file that was opened, with its -wal; no more is"
                + " until a restart. Stop this process, put the right files in place, start it.");
    replaced = why;
    return new OutageException(why);
  }

  private OutageException unknown(IOException e) {
    return new OutageException(
        new Outage(
            Outage.Cause.PERMISSION,
            "whether the file of the ledger is still the one in use cannot be found out",
            "Whether the SQLite file "
                + file.toAbsolutePath()
                + " is still the one in use cannot be found out: "
                + e.getMessage()));
  }
}
