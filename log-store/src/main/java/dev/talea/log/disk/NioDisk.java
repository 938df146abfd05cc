// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.NoSpaceException;
import dev.talea.log.ShortageException;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The disk of the machine, through java.nio. Has no state of its own; safe for use by many threads.
 *
 * <p>The adapter, and the only place in this package that touches {@link FileChannel} and {@link
 * Files}.
 */
public final class NioDisk implements Disk {

  /** A ledger is its owner's alone, unless an operator opens it to others. */
  private static final FileAttribute<?>[] FILE = ownersOnly("rw-------");

  private static final FileAttribute<?>[] DIRECTORY = ownersOnly("rwx------");

  /** Less than the smallest step in which space is filled. */
  private static final long NEXT_TO_NOTHING_BYTES = 4096;

  /** Holds nothing: one is as good as another. */
  public NioDisk() {}

  private static FileAttribute<?>[] ownersOnly(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    try {
      return new NioFile(
          file,
          FileChannel.open(
              file,
              Set.of(
                  StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
              FILE));
    } catch (IOException e) {
      throw classified(file, e);
    }
  }

  @Override
  public DiskFile open(Path file) throws IOException {
    try {
      return new NioFile(
          file, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw classified(file, e);
    }
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
      Files.createDirectories(directory, DIRECTORY);
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

  /**
   * A file system without such keys (Windows) has directories that cannot be moved while in use.
   */
  @Override
  public Object identity(Path file) throws IOException {
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    return key == null ? "no key" : key;
  }

  @Override
  public Object names(Path directory) throws IOException {
    BasicFileAttributes found = Files.readAttributes(directory, BasicFileAttributes.class);
    return Arrays.asList(found.fileKey(), found.lastModifiedTime());
  }

  @Override
  public Path realPath(Path directory) throws IOException {
    return directory.toRealPath();
  }

  @Override
  public @Nullable DiskLock tryLock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), FILE);
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
   * Java has an exception type for a denied access and none for a full disk or one that is mounted
   * read-only, only the text of the C library, and that follows the locale of the process. So the
   * known texts count, and beside them what the file system says of itself, and the text with which
   * /dev/full answers: it is always full.
   */
  private static IOException classified(Path file, IOException e) {
    if (e instanceof NoSpaceException
        || e instanceof AccessDeniedException
        || e instanceof NoSuchFileException
        || e instanceof FileAlreadyExistsException
        || e instanceof NotDirectoryException) {
      return e; // says itself what it is, however full the disk may be
    }
    String text = Words.of(e);
    if (text.contains("No space left on device")
        || text.contains("Disk quota exceeded")
        || text.contains("There is not enough space on the disk")
        || text.equals(FullDisk.TEXT)
        || nothingLeft(file)) {
      return new NoSpaceException(text, e);
    }
    if (text.contains("Read-only file system") || readOnly(file)) {
      IOException denied =
          new AccessDeniedException(file.toString(), null, "the file system is read-only");
      denied.initCause(e);
      return denied;
    }
    return e;
  }

  /** What the C library calls a full disk in the language of this process. */
  private static final class FullDisk {
    static final String TEXT = find();

    private static String find() {
      Path full = Path.of("/dev/full");
      if (!Files.isWritable(full)) {
        return "";
      }
      try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.allocate(1));
        return "";
      } catch (IOException e) {
        return Words.of(e);
      }
    }
  }

  private static boolean readOnly(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      return folder != null && Files.getFileStore(folder).isReadOnly();
    } catch (IOException e) {
      return false; // then the first exception is the one to report
    }
  }

  private static boolean nothingLeft(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      return folder != null && Files.getFileStore(folder).getUsableSpace() < NEXT_TO_NOTHING_BYTES;
    } catch (IOException e) {
      return false; // then the first exception is the one to report
    }
  }

  private interface Operation<T> {
    T run() throws IOException;
  }

  /**
   * An interrupt that was there before would close the file at its first use; it is kept for whom
   * it was meant. And memory that Java needs beside a file, not on the heap, is told apart.
   */
  private static <T> T sheltered(Operation<T> operation) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      return operation.run();
    } catch (OutOfMemoryError e) {
      throw ShortageException.of(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private record NioFile(Path path, FileChannel channel) implements DiskFile {

    @Override
    public long size() throws IOException {
      return sheltered(channel::size);
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      try {
        sheltered(
            () -> {
              long at = position;
              while (source.hasRemaining()) {
                at += channel.write(source, at);
              }
              return at;
            });
      } catch (IOException e) {
        throw classified(path, e);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return sheltered(
          () -> {
            int total = 0;
            while (target.hasRemaining()) {
              int count = channel.read(target, position + total);
              if (count < 0) {
                break;
              }
              total += count;
            }
            return total;
          });
    }

    @Override
    public void force(boolean metadata) throws IOException {
      try {
        sheltered(
            () -> {
              channel.force(metadata);
              return 0;
            });
      } catch (IOException e) {
        throw classified(path, e);
      }
    }

    @Override
    public ByteBuffer map(long length) throws IOException {
      return sheltered(() -> channel.map(FileChannel.MapMode.READ_ONLY, 0, length));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
