// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shortest segments there may be, on the real disk, with blocks longer than they are. */
class SmallSegmentsTest {

  private static final int SEGMENT_BYTES = 1 << 16;

  @TempDir Path dir;

  private final LogEnvironment environment = SystemLogEnvironment.create();
  private final LogSettings settings = LogSettings.DEFAULTS.withSegmentBytesMax(SEGMENT_BYTES);
  private final List<byte[]> written = new ArrayList<>();
  private final Random random = new Random(11);

  @Test
  void blocksOfEveryLengthGoThroughHundredsOfSegments() throws Exception {
    for (int life = 0; life < 3; life++) {
      try (LogDirectory logs = LogDirectory.open(dir, settings, environment)) {
        Log<Append> log =
            life == 0
                ? logs.createLog("log", AppendHandler::goingOn)
                : logs.openLog("log", AppendHandler::goingOn);
        checkAll(log);
        for (int block = 0; block < 60; block++) {
          append(log, 1 + random.nextInt(30), 2000);
        }
        append(log, 1, 3 * SEGMENT_BYTES); // one record longer than three segments
        append(log, 1000, 700); // one block longer than five
        for (int block = 0; block < 100; block++) {
          append(log, 1, 30);
        }
        checkAll(log);
      }
    }
    VerifyReport report = new LogFiles(dir, environment.disk()).verify("log");
    assertEquals(written.size(), report.records());
    assertTrue(report.segments() > 100, report.segments() + " segments");
    checkAll(new LogFiles(dir, environment.disk()).read("log").reader());
    long longer = 0;
    try (var files = Files.list(dir.resolve("books").resolve("log"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
        longer += Files.size(file) > SEGMENT_BYTES ? 1 : 0;
      }
    }
    assertEquals(6, longer, "only for the blocks that need more is a segment longer");
  }

  private void append(Log<Append> log, int records, int lengthMax) {
    List<byte[]> payloads = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      byte[] payload = new byte[lengthMax / 2 + random.nextInt(lengthMax / 2) + 1];
      random.nextBytes(payload);
      payloads.add(payload);
    }
    Append append = Append.atomic(payloads);
    assertTrue(log.submit(append, 1));
    append.done.join();
    written.addAll(payloads);
  }

  private void checkAll(LogReader log) {
    assertEquals(written.size(), log.durableSeq());
    LogCursor cursor = log.cursor(1);
    for (int i = 0; i < written.size(); i++) {
      assertTrue(cursor.next());
      assertArrayEquals(written.get(i), bytes(cursor.payload()));
      if (i % 17 == 0) {
        assertEquals(cursor.position(), log.positionOf(i + 1L));
        assertArrayEquals(written.get(i), bytes(log.record(cursor.position()).payload()));
      }
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
