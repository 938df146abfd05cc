// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Pause;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The times in which a virtual machine stood still, from the log it writes when started with {@link
 * #flag}. The lines carry the monotonic clock of the machine, which is that of {@link
 * System#nanoTime} in every process, so they can be laid over what the generator saw.
 */
final class PauseLog {
  private static final Pattern SAFEPOINT =
      Pattern.compile("^\\[(\\d+)ns\\].*Safepoint \"([^\"]+)\".* Total:\\s+(\\d+) ns");

  private static final String FILE_OPTIONS = "output_options=filecount=0";

  private PauseLog() {}

  /** What makes a virtual machine write the log. */
  static String flag(Path file) {
    return "-Xlog:gc,safepoint:file=" + file + ":timenanos:filecount=0";
  }

  /** Makes this virtual machine write such a log from now on. */
  static void begin(Path file) throws IOException {
    command("output=" + file, "what=gc,safepoint", "decorators=timenanos", FILE_OPTIONS);
  }

  /** Ends what {@link #begin} began. */
  static void end(Path file) throws IOException {
    command("output=" + file, "what=all=off");
  }

  /** What {@code jcmd PID VM.log} does, from inside. */
  private static void command(String... arguments) throws IOException {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "vmLog",
              new Object[] {arguments},
              new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IOException("this virtual machine does not log its pauses: " + e, e);
    }
  }

  /**
   * Reads the pauses of a time.
   *
   * @param fromNanos where 0 seconds are; pauses before are left out
   * @param toNanos pauses after are left out
   */
  static List<Pause> read(Path file, long fromNanos, long toNanos) throws IOException {
    List<Pause> pauses = new ArrayList<>();
    try (Stream<String> lines = Files.lines(file)) {
      for (String line : (Iterable<String>) lines::iterator) {
        Matcher matcher = SAFEPOINT.matcher(line);
        if (matcher.find()) {
          // The line is written when all is over.
          long end = Long.parseLong(matcher.group(1));
          long nanos = Long.parseLong(matcher.group(3));
          long start = end - nanos;
          if (end >= fromNanos && start <= toNanos) {
            pauses.add(
                new Pause(
                    (start - fromNanos) / (double) TimeUnit.SECONDS.toNanos(1),
                    nanos,
                    matcher.group(2)));
          }
        }
      }
    }
    return pauses;
  }
}
