// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.baseline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/**
 * Chronicle Queue with {@code SyncMode.SYNC} and an explicit {@code sync()} after every append:
 * without both, a returned append has not reached the disk. No checksum, no recovery, and a failed
 * sync goes unnoticed, so it does less than a ledger has to.
 *
 * <p>A process of its own, because the library opens the modules of its host.
 */
public final class ChronicleBaseline {
  private ChronicleBaseline() {}

  /** Measures in a child. */
  public static Measured measure(Path directory, int bytes, double warmUpSeconds, double seconds)
      throws IOException {
    List<String> arguments =
        List.of(directory.toString(), "" + bytes, "" + warmUpSeconds, "" + seconds);
    try (ChildJvm child = ChildJvm.start(flags(), ChronicleBaseline.class, arguments)) {
      return Measured.parse(child.hear("measured"));
    }
  }

  /** How many records a queue holds, by reading all of them in a child. */
  static long count(Path directory) throws IOException {
    try (ChildJvm child =
        ChildJvm.start(flags(), ChronicleBaseline.class, List.of(directory.toString()))) {
      return Long.parseLong(child.hear("counted"));
    }
  }

  /** What the library asks of its host, and silence: no banner, and nothing sent to other hosts. */
  static List<String> flags() {
    List<String> flags = new ArrayList<>();
    for (String exported :
        List.of(
            "java.base/jdk.internal.misc",
            "java.base/jdk.internal.ref",
            "java.base/jdk.internal.util",
            "java.base/sun.nio.ch",
            "jdk.compiler/com.sun.tools.javac.file",
            "jdk.unsupported/sun.misc")) {
      flags.add("--add-exports=" + exported + "=ALL-UNNAMED");
    }
    for (String opened :
        List.of(
            "java.base/java.io",
            "java.base/java.lang",
            "java.base/java.lang.reflect",
            "java.base/java.util",
            "jdk.compiler/com.sun.tools.javac")) {
      flags.add("--add-opens=" + opened + "=ALL-UNNAMED");
    }
    if (Runtime.version().feature() >= 24) {
      flags.add("--enable-native-access=ALL-UNNAMED");
    }
    flags.add("-Dchronicle.announcer.disable=true");
    flags.add("-Dchronicle.analytics.disable=true");
    flags.add("-Xmx256m");
    return flags;
  }

  /**
   * Folder, bytes of a record, seconds that do not count, seconds that do; the folder alone to
   * count what is in it.
   */
  public static void main(String[] args) {
    if (args.length == 1) {
      ChildJvm.tell("counted", records(args[0]));
    } else {
      append(args);
    }
  }

  private static long records(String directory) {
    try (ChronicleQueue queue = SingleChronicleQueueBuilder.single(directory).build();
        ExcerptTailer tailer = queue.createTailer()) {
      Bytes<?> record = Bytes.allocateElasticDirect();
      long count = 0;
      while (tailer.readBytes(record)) {
        record.clear();
        count++;
      }
      record.releaseLast();
      return count;
    }
  }

  private static void append(String[] args) {
    ByteBuffer noise = RawFile.noise(Integer.parseInt(args[1]));
    Bytes<?> record = Bytes.allocateDirect(noise.capacity());
    while (noise.hasRemaining()) {
      record.writeByte(noise.get());
    }
    try (ChronicleQueue queue =
            SingleChronicleQueueBuilder.single(args[0]).syncMode(SyncMode.SYNC).build();
        ExcerptAppender appender = queue.createAppender()) {
      Measured measured =
          OneAtATime.run(
              Double.parseDouble(args[2]),
              Double.parseDouble(args[3]),
              record.readRemaining(),
              () -> {
                appender.writeBytes(record);
                appender.sync();
                return 1;
              });
      ChildJvm.tell("measured", measured.line());
    }
    record.releaseLast();
  }
}
