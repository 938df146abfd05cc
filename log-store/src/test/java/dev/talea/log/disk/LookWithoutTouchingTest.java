// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.LogSettings;
import dev.talea.log.ReadOnlyDisk;
import dev.talea.log.SimulatedDisk;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Looking at logs needs a disk that can be read and nothing else: one that lets nothing be created,
 * written, synced, renamed, deleted or locked shows the same, beside a writer too.
 */
class LookWithoutTouchingTest {

  private static final Path DIR = Path.of("/data");
  private static final LogSettings SMALL =
      LogSettings.DEFAULTS.withSegmentBytesMax(1 << 16).withSpaceSteps(4096, 1 << 14);

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final LogEnvironment environment = CrashTest.environment(disk);
  private final LogFiles files = new LogFiles(DIR, ReadOnlyDisk.of(disk));

  @Test
  void aClosedDirectoryIsListedReadAndVerified() {
    assertFalse(files.isThere());
    assertEquals(List.of(), files.names());
    try (LogDirectory logs = LogDirectory.open(DIR, SMALL, environment)) {
      append(logs.createLog("b", AppendHandler::goingOn), 10);
      append(logs.createLog("a", AppendHandler::goingOn), 3000);
    }
    assertTrue(files.isThere());
    assertTrue(files.exists("a"));
    assertFalse(files.exists("c"));
    assertEquals(List.of("a", "b"), files.names());
    assertEquals(3000, records(files.read("a").reader().cursor(1)));
    assertEquals(3000, files.verify("a").records());
    assertTrue(files.verify("a").segments() > 2);
    assertThrows(LogNotFoundException.class, () -> files.read("c"));
  }

  @Test
  void aTornEndIsPassedOverAndStays() {
    try (LogDirectory logs = LogDirectory.open(DIR, SMALL, environment)) {
      append(logs.createLog("log", AppendHandler::goingOn), 10);
    }
    Path segment = SegmentFiles.file(files.folder("log"), 1);
    byte[] content = disk.content(segment);
    int end = content.length;
    while (content[end - 1] == 0) {
      end--;
    }
    disk.flipBit(segment, end + 200, 0); // of a block that was begun
    assertEquals(10, files.read("log").reader().durableSeq());
    assertEquals(10, files.verify("log").records());
    assertEquals(1, disk.content(segment)[end + 200]);
  }

  @Test
  void aLookBesideAWriterSeesMoreWithEveryRefresh() {
    try (LogDirectory logs = LogDirectory.open(DIR, SMALL, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      LogLook look = files.read("log");
      assertFalse(look.refresh());
      LogCursor cursor = look.reader().cursor(1);
      long seen = 0;
      for (int round = 0; round < 30; round++) {
        append(log, 100); // over many segments
        assertTrue(look.refresh());
        seen += records(cursor);
        assertEquals(seen, look.reader().durableSeq());
        // What nothing proves to be on disk is left out: the last group.
        assertTrue(seen >= 100L * round && seen <= log.durableSeq(), seen + " in round " + round);
        assertEquals(seen, look.reader().treeHead().size());
      }
      log.close();
      assertTrue(look.refresh());
      assertEquals(3000, look.reader().durableSeq());
      assertEquals(3000, seen + records(cursor));
      assertEquals(log.treeHead(), look.reader().treeHead());
      assertFalse(look.refresh());
      assertTrue(files.verify("log").segments() > 2);
    }
  }

  @Test
  void aLogThatHasBecomeAnotherIsNotReadOn() throws Exception {
    try (LogDirectory logs = LogDirectory.open(DIR, SMALL, environment)) {
      append(logs.createLog("log", AppendHandler::goingOn), 10);
    }
    LogLook look = files.read("log");
    Path segment = SegmentFiles.file(files.folder("log"), 1);
    disk.deleteIfExists(segment);
    assertThrows(LogNotFoundException.class, look::refresh);
    try (LogDirectory logs = LogDirectory.open(DIR, SMALL, environment)) {
      append(logs.createLog("log", AppendHandler::goingOn), 20);
    }
    LogDamagedException e = assertThrows(LogDamagedException.class, look::refresh);
    assertTrue(e.getMessage().contains("another log"), e.getMessage());
    assertEquals(10, look.reader().durableSeq());
  }

  private static long records(LogCursor cursor) {
    long count = 0;
    while (cursor.next()) {
      count++;
    }
    return count;
  }

  private static void append(Log<Append> log, int records) {
    Append append = null;
    for (int i = 0; i < records; i++) {
      append = Append.of(new byte[50]);
      assertTrue(log.submit(append, 1));
    }
    if (append != null) {
      append.done.join();
    }
  }
}
