// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time of processes, from Linux's {@code /proc/PID/stat}: the figure that other load on
 * the machine disturbs least. Stateless.
 */
final class ProcessTime {
  /** What {@code sysconf(_SC_CLK_TCK)} says on every Linux that runs a JVM. */
  private static final double TICKS_PER_SECOND = 100;

  /** Fields after the name of the program, which is in parentheses and may hold blanks. */
  private static final int USER_FIELD = 11;

  private static final int SYSTEM_FIELD = 12;

  private ProcessTime() {}

  /** Seconds in user and kernel mode since the process began; NaN if the machine does not tell. */
  static double cpuSeconds(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return (Long.parseLong(fields[USER_FIELD]) + Long.parseLong(fields[SYSTEM_FIELD]))
          / TICKS_PER_SECOND;
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
