// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;

/**
 * Makes the virtual machine of a server under test note what its threads wait for: syncs, writes
 * and reads of files, locks. The child's half; who reads the file is in the generator.
 *
 * <p>Only what takes longer than {@link #WORTH_NOTING} is written down, without stack traces, so
 * that a busy server pays for two looks at the clock per system call that waits for the disk
 * anyway.
 *
 * <p>For one thread.
 */
public final class ServerRecording {
  private static final String PROPERTY = "talea.bench.recording";

  /** Several times the usual sync of a good disk, and little beside the requests it explains. */
  private static final Duration WORTH_NOTING = Duration.ofNanos(500_000);

  /** The oldest events go first; ten minutes with a wait every millisecond take a tenth of it. */
  private static final long BYTES_MAX = 512L << 20;

  private static final List<String> EVENTS =
      List.of(
          "jdk.FileForce",
          "jdk.FileWrite",
          "jdk.FileRead",
          "jdk.JavaMonitorEnter",
          "jdk.JavaMonitorWait");

  private final Recording recording;
  private final Path file;

  private ServerRecording(Recording recording, Path file) {
    this.recording = recording;
    this.file = file;
  }

  /**
   * Flags for the virtual machine of a server that shall record.
   *
   * @param file where {@link #dump} writes; what is not dumped yet is kept beside it
   */
  public static List<String> flags(Path file) {
    return List.of(
        "-D" + PROPERTY + "=" + file,
        "-XX:FlightRecorderOptions=repository=" + file.resolveSibling("recording"),
        // By the processor's own counter, times of events would drift from those of the generator.
        "-XX:+UnlockExperimentalVMOptions",
        "-XX:-UseFastUnorderedTimeStamps");
  }

  /** Begins, if this process was started with {@link #flags}; null if not. */
  static @Nullable ServerRecording begin() {
    String file = System.getProperty(PROPERTY);
    if (file == null) {
      return null;
    }
    Recording recording = new Recording();
    recording.setToDisk(true);
    recording.setMaxSize(BYTES_MAX);
    for (String event : EVENTS) {
      recording.enable(event).withThreshold(WORTH_NOTING).withoutStackTrace();
    }
    recording.start();
    return new ServerRecording(recording, Path.of(file));
  }

  /** Writes all that was noted so far, in place of what was written before. */
  void dump() throws IOException {
    Files.deleteIfExists(file);
    recording.dump(file);
  }
}
