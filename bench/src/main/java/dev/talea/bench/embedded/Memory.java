// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a process holds and what it spent on collecting garbage.
 *
 * @param heapBytes in use after a full collection
 * @param heapBytesMax that it may use
 * @param residentBytes of the process, pages of mapped files included; 0 if the system does not
 *     tell
 * @param anonymousBytes of these, what is not backed by files: heap, stacks, buffers
 * @param collections since it started
 * @param collectionMillis since it started
 */
public record Memory(
    long heapBytes,
    long heapBytesMax,
    long residentBytes,
    long anonymousBytes,
    long collections,
    long collectionMillis) {

  /** Looks at this process, after a full collection. */
  public static Memory ofThisProcess() throws IOException {
    long collections = 0;
    long millis = 0;
    for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections += bean.getCollectionCount();
      millis += bean.getCollectionTime();
    }
    // The only way to learn what is alive; what it costs is not counted above.
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return new Memory(
        runtime.totalMemory() - runtime.freeMemory(),
        runtime.maxMemory(),
        kibibytes("VmRSS:"),
        kibibytes("RssAnon:"),
        collections,
        millis);
  }

  private static long kibibytes(String field) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(field)) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    return 0;
  }

  /** One line that {@link #parse} reads back. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%d %d %d %d %d %d",
        heapBytes,
        heapBytesMax,
        residentBytes,
        anonymousBytes,
        collections,
        collectionMillis);
  }

  /** Reads a {@link #line}. */
  public static Memory parse(String line) {
    List<Long> numbers = new ArrayList<>();
    for (String word : line.strip().split(" ", -1)) {
      numbers.add(Long.parseLong(word));
    }
    return new Memory(
        numbers.get(0),
        numbers.get(1),
        numbers.get(2),
        numbers.get(3),
        numbers.get(4),
        numbers.get(5));
  }
}
