// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHead;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.thread.OpenLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is proven of the last group: nothing before the next block or mark, all of it after. */
@Timeout(120)
class IdleMarkTest {

  private static final Path DIR = Path.of("/data");
  private static final Path SEGMENT = DIR.resolve("books/log/00000000000000000001.log");
  private static final LogSettings NEVER_IDLE = LogSettings.DEFAULTS.withIdleMillis(600_000);
  private static final LogSettings SOON_IDLE = LogSettings.DEFAULTS.withIdleMillis(5);

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final LogEnvironment environment = CrashTest.environment(disk);

  /** An auditor beside the writer, who cannot sync, is not shown what may not be on disk. */
  @Test
  void aLookFromOutsideEndsWithTheLastBlockThatIsProven() {
    try (LogDirectory logs = LogDirectory.open(DIR, NEVER_IDLE, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      assertEquals(0, new LogFiles(DIR, disk).read("log").reader().durableSeq());
      append(log, 2);
      LogReader first = new LogFiles(DIR, disk).read("log").reader();
      assertEquals(0, first.durableSeq());
      assertEquals(0, first.treeHead().size());
      assertThrows(IllegalArgumentException.class, () -> first.positionOf(1));
      while (log.treeHead().size() < 2) {
        Thread.onSpinWait(); // it is hashed after the answers
      }
      TreeHead two = log.treeHead();
      append(log, 3);
      LogReader second = new LogFiles(DIR, disk).read("log").reader();
      assertEquals(2, second.durableSeq());
      assertEquals(two, second.treeHead());
      assertEquals(2, second.record(second.positionOf(2)).seq());
    }
    assertEquals(5, new LogFiles(DIR, disk).read("log").reader().durableSeq());
  }

  @Test
  void theLastGroupOfAnIdleLogIsProvenAndWritingGoesOnBehindTheMark() {
    try (LogDirectory logs = LogDirectory.open(DIR, SOON_IDLE, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      LogCursor follower = log.cursor(1);
      for (int i = 1; i <= 10; i++) {
        append(log, 1);
        awaitNoThread(log);
        assertEquals(i, new LogFiles(DIR, disk).read("log").reader().durableSeq());
        assertEquals(i, log.durableSeq());
        assertTrue(follower.next());
        assertEquals(i, follower.seq());
        assertFalse(follower.next(), "a mark is no record");
        assertEquals(log.treeHead(), new LogFiles(DIR, disk).verify("log").treeHead());
      }
      assertEquals(20, new LogFiles(DIR, disk).verify("log").blocks());
      int operations = disk.operations();
      assertTrue(log.submit(Append.of(), 1)); // answered, and nothing has changed
      awaitNoThread(log);
      assertEquals(operations, disk.operations(), "one mark is enough");
    }
    assertEquals(10, new LogFiles(DIR, disk).verify("log").records());
  }

  /** Killed while it was idle: what used to look like a torn write is damage now. */
  @Test
  void aFlippedBitInTheLastGroupOfAnIdleLogIsFound() {
    LogDirectory logs = LogDirectory.open(DIR, SOON_IDLE, environment);
    Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
    append(log, 3);
    awaitNoThread(log);
    SimulatedDisk killed = disk.afterProcessDeath();
    killed.flipBit(SEGMENT, SegmentHeader.BYTES + BlockHeader.BYTES + 20, 3);
    try (LogDirectory again = LogDirectory.open(DIR, SOON_IDLE, CrashTest.environment(killed))) {
      assertThrows(LogDamagedException.class, () -> again.openLog("log", AppendHandler::goingOn));
    }
  }

  /** Where threads are short they leave their logs at once, and the mark comes later. */
  @Test
  void logsThatHadToGiveTheirThreadUpEarlyAreMarkedToo() {
    LogSettings one =
        LogSettings.DEFAULTS.withIdleMillis(20).withWriterThreadsMax(1).withGroupMax(1 << 14, 4);
    try (LogDirectory logs = LogDirectory.open(DIR, one, environment)) {
      List<Log<Append>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        all.add(logs.createLog("log-" + i, AppendHandler::goingOn));
      }
      List<Append> appends = new ArrayList<>();
      for (int round = 0; round < 5; round++) {
        for (Log<Append> log : all) {
          Append append = Append.of(new byte[100]);
          appends.add(append);
          assertTrue(log.submit(append, 1));
        }
      }
      appends.forEach(append -> append.done.orTimeout(60, TimeUnit.SECONDS).join());
      for (Log<Append> log : all) {
        while (new LogFiles(DIR, disk).read(log.name()).reader().durableSeq() < 5) {
          assertFalse(Thread.currentThread().isInterrupted(), "it was never marked");
          Thread.onSpinWait(); // ends with the mark
        }
        assertNull(log.failure());
      }
    }
  }

  private static void awaitNoThread(Log<Append> log) {
    while (((OpenLog<Append>) log).hasThread()) {
      assertFalse(Thread.currentThread().isInterrupted(), "the thread never went");
      Thread.onSpinWait();
    }
  }

  private static void append(Log<Append> log, int records) {
    byte[][] payloads = new byte[records][50];
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    append.done.orTimeout(60, TimeUnit.SECONDS).join();
  }
}
