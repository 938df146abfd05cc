package dev.talea.jdbc;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Time since the machine was started, suspension included, as Linux counts it; elsewhere Java's
 * monotonic clock, which may stand still while the machine sleeps. The adapter. Any thread.
 */
final class SystemSinceBoot {
  private static final Path UPTIME = Path.of("/proc/uptime");
  private static final BigDecimal MICROS_PER_SECOND = BigDecimal.valueOf(1_000_000);

  private final boolean counted = Files.isReadable(UPTIME);

  /** Ahead of Java's clock by so much when it was last read. */
  private volatile long ahead;

  /** Microseconds. */
  long micros() {
    long java = System.nanoTime() / 1000;
    if (!counted) {
      return java;
    }
    try {
      String text = Files.readString(UPTIME);
      long uptime =
          new BigDecimal(text.substring(0, text.indexOf(' ')))
              .multiply(MICROS_PER_SECOND)
              .longValue();
      ahead = uptime - java;
      return uptime;
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      return java + ahead; // no file handle for the moment, say
    }
  }
}
