// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The only door from the log to a file system: the few operations whose failure and whose crash
 * behaviour the log reasons about.
 *
 * <p>It is an interface, and a narrow one, so that tests can put a disk underneath that loses,
 * tears and reorders what was not synced. {@code dev.talea.log.disk} has the real one. All methods
 * may be called from any thread.
 *
 * <p>Creating, renaming and deleting change a directory. Such a change is certain to survive a
 * power failure only after {@link #syncDirectory} has returned for that directory.
 */
public interface Disk {

  /** Creates an empty file for reading and writing. Fails if the name is taken. */
  DiskFile create(Path file) throws IOException;

  /** Opens an existing file for reading and writing. */
  DiskFile open(Path file) throws IOException;

  /** Opens an existing file for reading only. */
  DiskFile openForReading(Path file) throws IOException;

  /** Says whether a file or directory of this name exists. */
  boolean exists(Path file);

  /** The names (not paths) of everything in a directory, sorted. */
  List<String> list(Path directory) throws IOException;

  /** Creates a directory and its missing parents; fine if it is already there. */
  void createDirectories(Path directory) throws IOException;

  /**
   * Creates a directory and its missing parents, and returns once all their names are on disk.
   * Those that were there already may be missing after a power failure, if they were made just
   * before.
   */
  default void createDurably(Path directory) throws IOException {
    List<Path> missing = new ArrayList<>();
    Path at = directory.toAbsolutePath();
    while (at != null && !exists(at)) {
      missing.add(at);
      at = at.getParent();
    }
    if (missing.isEmpty()) {
      return;
    }
    createDirectories(directory);
    for (Path created : missing) {
      syncDirectory(Objects.requireNonNull(created.getParent()));
    }
  }

  /** Gives a file a new name in the same directory in one step, replacing what had that name. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file; fine if there is none. */
  void deleteIfExists(Path file) throws IOException;

  /** Returns once every earlier creation, rename and deletion in the directory is on disk. */
  void syncDirectory(Path directory) throws IOException;

  /**
   * What tells this file or directory from every other, whatever their names: device and inode, or
   * what the file system has instead. Equal for two paths if and only if they lead to the same one,
   * among files that exist at the same time.
   */
  Object identity(Path file) throws IOException;

  /**
   * What changes when a name in this directory is made, removed or given to another file, and when
   * another directory takes this one's place. Equal at two looks if nothing of that happened in
   * between, as finely as the file system's times tell; writing into files does not change it.
   */
  Object names(Path directory) throws IOException;

  /** The one name under which every process and thread knows this existing directory. */
  Path realPath(Path directory) throws IOException;

  /**
   * Takes the exclusive lock of a file, creating the file if need be, and holds it until the
   * returned lock is closed or the process ends.
   *
   * @return null if another process holds it
   */
  @Nullable DiskLock tryLock(Path file) throws IOException;

  /** A held lock. Closing gives it back. */
  interface DiskLock extends AutoCloseable {
    @Override
    void close() throws IOException;
  }
}
