// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.log.TreeHash;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The adapter to the file system for what is no log: uploads, folders of runs, evidence. Apart from
 * the {@code Disk} of log-store, because DuckDB writes most of these files itself; what has to
 * survive a crash is synced here before its record is written.
 *
 * <p>Stateless; any thread.
 */
final class SystemFiles {
  private static final int BUFFER_BYTES = 1 << 16;

  /** An absolute path but for its last name; neither a URL nor a slash within a word. */
  private static final Pattern FOLDERS =
      Pattern.compile("(?<![\\w./-])(?:/(?![/\\s])|[A-Za-z]:\\\\)(?:[^/\\\\\\s:;,\"'()]+[/\\\\])*");

  private SystemFiles() {}

  /** What tells whether a file is being written to. */
  record Look(long bytes, long modifiedMillis) {}

  static void makeFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
  }

  /** A fresh folder of this process alone, for what is thrown away. */
  static Path temporaryFolder() throws IOException {
    return Files.createTempDirectory("talea-reconcile-");
  }

  static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether this process may run it. */
  static boolean isProgram(Path file) {
    return Files.isExecutable(file);
  }

  static long size(Path file) throws IOException {
    return Files.size(file);
  }

  /** Names of what is in a folder, sorted; none if there is no such folder. */
  static List<String> list(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        Path name = entry.getFileName();
        if (name != null) {
          names.add(name.toString());
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    Collections.sort(names);
    return names;
  }

  /** Size and time of a regular file; null for what is none, links included. */
  static @Nullable Look look(Path file) throws IOException {
    try {
      BasicFileAttributes found =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return found.isRegularFile()
          ? new Look(found.size(), found.lastModifiedTime().toMillis())
          : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  static InputStream read(Path file) throws IOException {
    return new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
  }

  static byte[] bytes(Path file, int bytesMax) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new IOException(file + " is longer than " + bytesMax + " bytes");
      }
      return bytes;
    }
  }

  /** A piece of a file; shorter at its end, empty behind it. */
  static byte[] piece(Path file, long from, int bytesMax) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer piece =
          ByteBuffer.allocate((int) Math.max(0, Math.min(bytesMax, channel.size() - from)));
      while (piece.hasRemaining() && channel.read(piece, from + piece.position()) >= 0) {}
      byte[] bytes = new byte[piece.position()];
      piece.flip().get(bytes);
      return bytes;
    }
  }

  /** What the process that started this one reads. */
  static OutputStream standardOutput() {
    return new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
  }

  /** Creates a file that is not there, or empties it. */
  static OutputStream write(Path file) throws IOException {
    return Files.newOutputStream(file);
  }

  /** Appends to a file, which is made if it is not there. */
  static void append(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Writes a file and waits until it is on disk. */
  static void writeDurably(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    sync(file);
  }

  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Waits until every file of a folder, and its names, are on disk. */
  static void syncFolder(Path folder) throws IOException {
    for (String name : list(folder)) {
      sync(folder.resolve(name));
    }
    syncNames(folder);
  }

  /** Gives a file or folder another name in one step, and waits until that is on disk. */
  static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Path folder = to.getParent();
    if (folder != null) {
      syncNames(folder);
    }
  }

  /**
   * Puts a file or folder aside, under a name that is free, instead of deleting it.
   *
   * @return where it is now
   */
  static Path putAside(Path from, Path folder, String name) throws IOException {
    makeFolder(folder);
    Path to = folder.resolve(name);
    for (int i = 2; exists(to); i++) {
      to = folder.resolve(name + "-" + i);
    }
    move(from, to);
    return to;
  }

  /** Waits until the names of a folder are on disk. */
  static void syncNames(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException e) {
      // Windows opens no folders, and keeps their order by itself.
    }
  }

  /** Copies a file, links not followed. */
  static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, LinkOption.NOFOLLOW_LINKS);
  }

  static void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /** Deletes a folder with all that is in it; links are deleted and not followed. */
  static void deleteTree(Path folder) throws IOException {
    if (!exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<Path>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Bytes of the files in a folder, not of those in folders in it. */
  static long bytesIn(Path folder) throws IOException {
    long bytes = 0;
    for (String name : list(folder)) {
      Look look = look(folder.resolve(name));
      bytes += look == null ? 0 : look.bytes();
    }
    return bytes;
  }

  /** What failed, for those who ask over a network. */
  static String words(Exception e) {
    return withoutFolders(whole(e));
  }

  /** What failed, and where: for those who have the machine. */
  static String whole(Throwable e) {
    return e instanceof FileSystemException
        ? e.getClass().getSimpleName() + ": " + e.getMessage()
        : String.valueOf(e.getMessage());
  }

  /** A text with the names of files alone: where they lie is for those who have the machine. */
  static String withoutFolders(String text) {
    return FOLDERS.matcher(text).replaceAll("");
  }

  /** As above; the folder goes first, because its name may hold anything. */
  static String withoutFolders(String text, Path folder) {
    return withoutFolders(text.replace(folder + "/", ""));
  }

  /** SHA-256 of a file, in hex. */
  static String sha256(Path file) throws IOException {
    MessageDigest digest = TreeHash.sha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** SHA-256 of bytes, in hex. */
  static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(TreeHash.sha256().digest(bytes));
  }
}
