// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What the files of a ledger take, by kind, and the deletion of those that can be rebuilt. */
public final class DiskUse {
  private DiskUse() {}

  /**
   * Lengths of all files below a folder, zeros ahead of the writers included, by kind: the name
   * with every number in it taken out.
   */
  public static Map<String, Long> byKind(Path directory) throws IOException {
    Map<String, Long> kinds = new TreeMap<>();
    for (Path file : files(directory)) {
      String name = file.getFileName().toString();
      String kind = name.replaceAll("[0-9a-f]*[0-9][0-9a-f]*", "*");
      kinds.merge(kind, Files.size(file), Long::sum);
    }
    return kinds;
  }

  /** Deletes everything that the log can do without, as a person would who does not trust it. */
  public static void deleteDerived(Path directory) throws IOException {
    for (Path file : files(directory)) {
      String name = file.getFileName().toString();
      if (!name.endsWith(".log") && !name.startsWith("LOCK") && !name.equals("FORMAT")) {
        Files.delete(file);
      }
    }
  }

  /** Deletes a folder and all that is in it; fine if there is none. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static Iterable<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
