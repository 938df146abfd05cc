// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A disk that syncs nothing until it is told to, and then everything: for what is made as a whole
 * and is worth nothing before, so that a million groups do not wait for a million syncs.
 *
 * <p>Safe for use by many threads; {@link #syncAll} is for when nothing is written any more.
 */
public final class LateSyncDisk implements Disk {
  private final Disk disk;
  private final Set<Path> files = new HashSet<>();
  private final Set<Path> directories = new HashSet<>();

  /** Nothing is owed a sync yet. */
  public LateSyncDisk(Disk disk) {
    this.disk = disk;
  }

  /** Returns once everything that was written is on disk, and every name that was given. */
  public void syncAll() throws IOException {
    for (Path file : copyOf(files)) {
      if (disk.exists(file)) {
        try (DiskFile open = disk.open(file)) {
          open.force(true);
        }
      }
    }
    for (Path directory : copyOf(directories)) {
      if (disk.exists(directory)) {
        disk.syncDirectory(directory);
      }
    }
  }

  private synchronized List<Path> copyOf(Collection<Path> owed) {
    return List.copyOf(owed);
  }

  private synchronized DiskFile owes(Path file, DiskFile opened) {
    files.add(file);
    return new LateFile(opened);
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    return owes(file, disk.create(file));
  }

  @Override
  public DiskFile open(Path file) throws IOException {
    return owes(file, disk.open(file));
  }

  @Override
  public DiskFile openForReading(Path file) throws IOException {
    return disk.openForReading(file);
  }

  @Override
  public boolean exists(Path file) {
    return disk.exists(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    disk.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    disk.rename(from, to);
    synchronized (this) {
      if (files.remove(from)) {
        files.add(to);
      }
    }
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    disk.deleteIfExists(file);
  }

  @Override
  public synchronized void syncDirectory(Path directory) {
    directories.add(directory);
  }

  @Override
  public Object identity(Path file) throws IOException {
    return disk.identity(file);
  }

  @Override
  public Object names(Path directory) throws IOException {
    return disk.names(directory);
  }

  @Override
  public Path realPath(Path directory) throws IOException {
    return disk.realPath(directory);
  }

  @Override
  public Disk.@Nullable DiskLock tryLock(Path file) throws IOException {
    return disk.tryLock(file);
  }

  /** One of its files. */
  private record LateFile(DiskFile file) implements DiskFile {
    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public void force(boolean metadata) {} // owed

    @Override
    public ByteBuffer map(long length) throws IOException {
      return file.map(length);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
