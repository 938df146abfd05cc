package dev.talea.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The disk of the machine, through java.nio. Has no state of its own; safe for use by many threads.
 *
 * <p>The adapter, and the only place in this package that touches {@link FileChannel} and {@link
 * Files}.
 */
public final class NioDisk implements Disk {

  /** Less than the smallest step in which space is filled. */
  private static final long NEXT_TO_NOTHING_BYTES = 4096;

  @Override
  public DiskFile create(Path file) throws IOException {
    try {
      return new NioFile(
          file,
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw classified(file, e);
    }
  }

  @Override
  public DiskFile open(Path file) throws IOException {
    return new NioFile(
        file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  @Override
  public DiskFile openForReading(Path file) throws IOException {
    return new NioFile(file, FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw classified(directory, e);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw classified(to, e);
    }
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /**
   * Opens the directory as if it were a file and syncs that. Java does not document it, Linux and
   * macOS do it; Windows cannot open a directory, and NTFS journals names by itself.
   */
  @Override
  public void syncDirectory(Path directory) throws IOException {
    if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Path realPath(Path directory) throws IOException {
    return directory.toRealPath();
  }

  @Override
  public @Nullable DiskLock tryLock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      FileLock lock = channel.tryLock();
      held = lock != null;
      return held ? channel::close : null;
    } catch (OverlappingFileLockException e) {
      throw new IOException(file + " is locked already within this process", e);
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  /**
   * Java has no exception type for a full disk, only the text of the C library, and that follows
   * the locale of the process. So the known texts count, and beside them a file system that says it
   * has next to nothing left.
   */
  private static IOException classified(Path file, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("No space left on device")
        || text.contains("Disk quota exceeded")
        || text.contains("There is not enough space on the disk")
        || nothingLeft(file)) {
      return new NoSpaceException(text, e);
    }
    return e;
  }

  private static boolean nothingLeft(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      return folder != null && Files.getFileStore(folder).getUsableSpace() < NEXT_TO_NOTHING_BYTES;
    } catch (IOException e) {
      return false; // then the first exception is the one to report
    }
  }

  private record NioFile(Path path, FileChannel channel) implements DiskFile {

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      try {
        long at = position;
        while (source.hasRemaining()) {
          at += channel.write(source, at);
        }
      } catch (IOException e) {
        throw classified(path, e);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int total = 0;
      while (target.hasRemaining()) {
        int count = channel.read(target, position + total);
        if (count < 0) {
          break;
        }
        total += count;
      }
      return total;
    }

    @Override
    public void force(boolean metadata) throws IOException {
      try {
        channel.force(metadata);
      } catch (IOException e) {
        throw classified(path, e);
      }
    }

    @Override
    public ByteBuffer map(long length) throws IOException {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, length);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
