// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What this room asks the file system itself; everything else is SQLite's. Stateless. */
final class SystemFiles {
  private SystemFiles() {}

  /** Where the driver of SQLite puts the library that it brings. */
  static String nativeLibraryDirectory() {
    return System.getProperty("org.sqlite.tmpdir", System.getProperty("java.io.tmpdir"));
  }

  static boolean isDirectory(Path path) {
    return Files.isDirectory(path);
  }

  /** Whether there is a file that holds anything. */
  static boolean isFilled(Path file) {
    try {
      return Files.isRegularFile(file) && Files.size(file) > 0;
    } catch (IOException e) {
      return false; // it went just now
    }
  }

  /**
   * Makes an empty file that only its owner may read and write, unless there is one. Where that
   * cannot be done SQLite will say why.
   */
  static void createPrivately(Path file) {
    try {
      boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
      if (posix) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } else {
        Files.createFile(file);
      }
    } catch (FileAlreadyExistsException e) {
      // with the rights that it has
    } catch (IOException e) {
      // SQLite meets the same, and its message is the better one
    }
  }

  /** Where a file lies when all links have been followed. */
  static Path realPath(Path file) throws IOException {
    return file.toRealPath();
  }

  /**
   * What tells a file from every other one, under whatever name: device and inode. A file system
   * without such keys (Windows) has files that cannot be moved while they are open.
   *
   * @return null if there is no file of this name
   */
  static @Nullable Object identity(Path file) throws IOException {
    try {
      Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
      return key == null ? "no key" : key;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * What is another when a name in a folder was made, removed or exchanged since, or the folder
   * itself: device and inode, and the time of its last change, which may be a clock tick old.
   */
  static Object names(Path folder) throws IOException {
    BasicFileAttributes found = Files.readAttributes(folder, BasicFileAttributes.class);
    return Arrays.asList(found.fileKey(), found.lastModifiedTime());
  }

  /** Whether there is anything of this name. */
  static boolean exists(Path path) {
    return Files.exists(path);
  }

  /** What is another when a file was written to since, or exchanged; null if there is none. */
  static @Nullable Object contents(Path file) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return Arrays.asList(found.fileKey(), found.size(), found.lastModifiedTime());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Waits until what was written to a file is on disk. */
  static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Gives a file another name, which nothing has, and waits until that is on disk. */
  static void rename(Path file, Path to) throws IOException {
    Files.move(file, to); // a name that was taken meanwhile is left alone
    Path folder = folder(to.toAbsolutePath());
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException e) {
      // Windows opens no folders, and keeps their order by itself
    }
  }

  /** Removes a file that is of no use. */
  static void removeIfThere(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // the next one to look for it will say that it is there
    }
  }

  /** A file as SQLite's URIs name it. */
  static String uri(Path file) {
    return file.toAbsolutePath().toUri().toString().replace("file:///", "file:/");
  }

  /** The folders of a name: its own and, if it is a link, those of the names that it leads to. */
  static List<Path> folders(Path file) throws IOException {
    List<Path> folders = new ArrayList<>();
    Path name = file.toAbsolutePath();
    while (Files.isSymbolicLink(name)) {
      folders.add(folder(name));
      name = name.resolveSibling(Files.readSymbolicLink(name));
    }
    folders.add(folder(name));
    return folders;
  }

  private static Path folder(Path absolute) {
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent;
  }
}
