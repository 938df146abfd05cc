// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The adapter to the small files that people write for the daemon or it for them: environment,
 * tokens, seed; and to the folder that a ledger in a single file lies in. The only class of this
 * package that touches the file system; ledgers are the store's.
 *
 * <p>Stateless. Blocks, so it is for start-up and {@code init} only.
 */
public final class ConfigFiles {
  /** More than this is not written by hand; a device or a wrong path might be endless. */
  private static final int BYTES_MAX = 4 << 20;

  private ConfigFiles() {}

  /** The text of a file, or null if there is none. */
  public static @Nullable String readIfPresent(Path file) {
    try {
      return readUtf8(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw unreadable(file.toString(), file, e);
    }
  }

  /**
   * The text of a file that has to be there.
   *
   * @param what what the file is to whom, for the error
   */
  public static String read(String what, Path file) {
    try {
      return readUtf8(file);
    } catch (IOException e) {
      throw unreadable(what, file, e);
    }
  }

  private static String readUtf8(Path file) throws IOException {
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    }
    if (bytes.length > BYTES_MAX) {
      throw new IOException("it is longer than " + BYTES_MAX + " bytes");
    }
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    // Editors of Windows begin a file with a byte order mark, which is no part of the text.
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static StartException unreadable(String what, Path file, IOException e) {
    String why = e instanceof NoSuchFileException ? "there is no such file" : FileTrouble.words(e);
    String subject = what.equals(file.toString()) ? what : what + " " + file;
    return new StartException(subject + " cannot be read: " + why, e);
  }

  public static boolean exists(Path file) {
    return Files.exists(file);
  }

  public static boolean isDirectory(Path file) {
    return Files.isDirectory(file);
  }

  /**
   * The jars in a folder, by name; none if there is no such folder.
   *
   * @throws StartException if it cannot be looked into
   */
  public static List<Path> jars(Path folder) {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(entry -> entry.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new StartException(
          "The folder of plugins " + folder + " cannot be looked into: " + FileTrouble.words(e));
    }
  }

  /** What stands at a place where a ledger should be, if it is none; for a sentence. */
  public static String whatIsAt(Path place) {
    if (!Files.exists(place)) {
      return "nothing is there";
    }
    if (!Files.isDirectory(place)) {
      return "it is no folder, but a file";
    }
    try (Stream<Path> entries = Files.list(place)) {
      return entries.findAny().isPresent() ? "the folder holds none" : "the folder is empty";
    } catch (IOException e) {
      return "the folder cannot be looked into: " + FileTrouble.words(e);
    }
  }

  /** Whether there is a file with something in it. */
  public static boolean holdsBytes(Path file) {
    try {
      return Files.isRegularFile(file) && Files.size(file) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** A warning if every user of this machine may read a file that holds a secret. */
  public static List<String> readableByOthers(Path file) {
    try {
      return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)
          ? List.of(
              file + " holds a token and every user of this machine may read it; chmod 600 " + file)
          : List.of();
    } catch (IOException | UnsupportedOperationException e) {
      // Not a file, or of a system that keeps no such bits.
      return List.of();
    }
  }

  /** Makes the folder that a file is to lie in, if it is not there. */
  public static void createFolderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new StartException(
          "The folder " + folder + " cannot be made: " + FileTrouble.words(e), e);
    }
  }

  /**
   * Makes an empty file that only its owner may read, and its folder; one that is there stays as it
   * is.
   */
  public static void createPrivately(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new StartException(file + " is not a place for a file");
    }
    createFolderOf(file);
    try {
      Files.createFile(file, ownerOnly(folder));
    } catch (FileAlreadyExistsException e) {
      // As it is.
    } catch (IOException e) {
      throw new StartException(file + " cannot be made: " + FileTrouble.words(e), e);
    }
  }

  /**
   * Writes a file that only its owner may read, whole or not at all: a crash leaves the old file or
   * the new one.
   */
  public static void writePrivately(Path file, String text) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new StartException(file + " is not a place for a file");
    }
    try {
      Files.createDirectories(directory);
      // The permissions come with the file, so at no moment can another user open it.
      Path fresh = Files.createTempFile(directory, ".talea-", ".tmp", ownerOnly(directory));
      try {
        try (OutputStream out = Files.newOutputStream(fresh)) {
          out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        move(fresh, file);
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      throw new StartException(file + " cannot be written: " + FileTrouble.words(e), e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path directory) throws IOException {
    boolean posix = Files.getFileStore(directory).supportsFileAttributeView("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
