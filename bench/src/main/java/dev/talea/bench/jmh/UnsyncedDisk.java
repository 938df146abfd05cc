// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.jmh;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.disk.NioDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The disk of the machine without its syncs: what is written stays in the page cache, so that a
 * benchmark sees the processor's part of a commit and not the disk's. For figures only; a crash
 * would lose everything.
 *
 * <p>Any thread.
 */
final class UnsyncedDisk implements Disk {
  private final NioDisk disk = new NioDisk();

  private record Unsynced(DiskFile file) implements DiskFile {
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
    public void force(boolean metadata) {
      // That is the point of it.
    }

    @Override
    public ByteBuffer map(long length) throws IOException {
      return file.map(length);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    return new Unsynced(disk.create(file));
  }

  @Override
  public DiskFile open(Path file) throws IOException {
    return new Unsynced(disk.open(file));
  }

  @Override
  public DiskFile openForReading(Path file) throws IOException {
    return new Unsynced(disk.openForReading(file));
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
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    disk.deleteIfExists(file);
  }

  @Override
  public void syncDirectory(Path directory) {
    // That is the point of it.
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
  public @Nullable DiskLock tryLock(Path file) throws IOException {
    return disk.tryLock(file);
  }
}
