// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** The times that a file system gives to changes: those of a clock tick, which may be 10 ms. */
final class FileTimes {
  private FileTimes() {}

  /** Returns when the next change has a time later than that of a folder. */
  static void awaitLaterThan(Path folder) throws IOException {
    Path probe = Files.createTempFile("tick", null);
    try {
      while (Files.getLastModifiedTime(probe).compareTo(Files.getLastModifiedTime(folder)) <= 0) {
        LockSupport.parkNanos(1_000_000);
        Files.writeString(probe, "x");
      }
    } finally {
      Files.delete(probe);
    }
  }
}
