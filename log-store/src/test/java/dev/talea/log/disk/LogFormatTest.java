// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * The files byte by byte: against a golden file, so that no change of the format goes unnoticed,
 * and with a reader written from docs/log-format.md alone, so that the description is enough to
 * write one.
 */
class LogFormatTest {

  private static final Path DIR = Path.of("/data");
  private static final GoldenFile GOLDEN = new GoldenFile(LogFormatTest.class, "golden-log-v2.hex");
  private static final List<String> PAYLOADS = new ArrayList<>();

  static {
    for (int i = 1; i <= 9; i++) {
      PAYLOADS.add("record " + "abcdefghi".repeat(i - 1) + i);
    }
  }

  @Test
  void theBytesAreThoseOfTheGoldenFile() throws Exception {
    GOLDEN.assertSame(write().content(segment()));
  }

  private static Path segment() {
    return DIR.resolve("books").resolve("main%3abook").resolve("00000000000000000001.log");
  }

  /** Three blocks of 1, 3 and 5 records, and a close mark. */
  private static SimulatedDisk write() {
    SimulatedDisk disk = new SimulatedDisk(1);
    AtomicLong now = new AtomicLong(1_800_000_000_000_000L);
    AtomicLong random = new AtomicLong(0x0102030405060708L);
    LogEnvironment environment =
        CrashTest.environment(disk)
            .withClock(() -> now.addAndGet(1000))
            .withRandom(() -> random.addAndGet(0x1111111111111111L));
    LogSettings settings = LogSettings.DEFAULTS.withIdleMillis(60_000); // one mark, at the end
    try (LogDirectory logs = LogDirectory.open(DIR, settings, environment)) {
      Log<Append> log = logs.createLog("main:book", AppendHandler::goingOn);
      int next = 0;
      for (int count : new int[] {1, 3, 5}) {
        byte[][] payloads = new byte[count][];
        for (int i = 0; i < count; i++) {
          payloads[i] = PAYLOADS.get(next++).getBytes(StandardCharsets.UTF_8);
        }
        Append append = Append.of(payloads);
        assertTrue(log.submit(append, 1));
        append.done.join();
      }
    }
    return disk;
  }

  @Test
  void aReaderWrittenFromTheDescriptionReadsTheFile() throws Exception {
    DescribedSegment read = new DescribedSegment(write().content(segment()));
    assertEquals("main:book", read.name());
    List<DescribedSegment.Block> blocks = read.blocks();
    assertEquals(
        List.of(1, 3, 5, 0), blocks.stream().map(block -> block.records().size()).toList());
    assertEquals(List.of(0, 0, 0, 1), blocks.stream().map(block -> block.flags()).toList());
    // Block 1 jumps nowhere, 2 to 1, 3 over both, 4 to 3.
    assertEquals(
        List.of(0L, (long) blocks.get(0).position(), 0L, (long) blocks.get(2).position()),
        blocks.stream().map(block -> block.jump()).toList());
    List<String> payloads = new ArrayList<>();
    for (DescribedSegment.Entry record : read.records()) {
      int length = record.payload().length;
      assertEquals(length - length / 4, record.provenBytes());
      payloads.add(new String(record.payload(), StandardCharsets.US_ASCII));
    }
    assertEquals(PAYLOADS, payloads);
  }
}
