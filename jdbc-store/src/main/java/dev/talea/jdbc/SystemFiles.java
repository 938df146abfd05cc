package dev.talea.jdbc;

import java.nio.file.Files;
import java.nio.file.Path;

/** What this room asks the file system itself; everything else is SQLite's. Stateless. */
final class SystemFiles {
  private SystemFiles() {}

  static boolean isDirectory(Path path) {
    return Files.isDirectory(path);
  }
}
