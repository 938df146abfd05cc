// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;

/** The files of a run, in its folder. Stateless; any thread. */
final class SystemFiles {
  private static final int BUFFER_BYTES = 1 << 16;

  private SystemFiles() {}

  static void makeFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
  }

  static DataOutputStream write(Path file) throws IOException {
    return new DataOutputStream(
        new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES));
  }

  static DataInputStream read(Path file) throws IOException {
    return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
  }

  static OutputFile parquet(Path file) {
    return new LocalOutputFile(file);
  }

  static long size(Path file) throws IOException {
    return Files.size(file);
  }

  /** Removes a folder of files; fine if there is none. */
  static void drop(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files = found.toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(folder);
  }
}
