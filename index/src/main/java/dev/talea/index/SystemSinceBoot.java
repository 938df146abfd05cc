// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.SinceBoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the counter of the machine for {@link SinceBoot}. The adapter. Any thread. */
final class SystemSinceBoot {
  private static final Path UPTIME = Path.of("/proc/uptime");

  private SystemSinceBoot() {}

  /** Time since the machine was started. */
  static SinceBoot clock() {
    boolean counted = Files.isReadable(UPTIME);
    return new SinceBoot(System::nanoTime, () -> counted ? read() : null);
  }

  private static @Nullable String read() {
    try {
      return Files.readString(UPTIME);
    } catch (IOException e) {
      return null; // no file handle for the moment, say
    }
  }
}
