// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogRecord;
import dev.talea.log.LogSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a log costs that is not in use, on the real disk. */
@Tag("slow")
class ManyLogsTest {

  private static final int LOGS = 60;
  private static final int COLLECTIONS_MAX = 1000;

  @TempDir Path dir;

  private final AtomicInteger threads = new AtomicInteger();

  @Test
  void mapsAreBoundedHoweverManyLogsAreRead() {
    LogSettings few = LogSettings.DEFAULTS.withMappedSegmentsMax(8).withIdleMillis(1);
    try (LogDirectory logs = LogDirectory.open(dir, few, counting())) {
      List<Log<Append>> all = create(logs);
      for (int round = 0; round < 20; round++) {
        for (Log<Append> log : all) {
          for (long seq = 1; seq <= log.durableSeq(); seq++) {
            LogRecord record = log.record(log.positionOf(seq));
            assertEquals(log.name() + " " + seq, text(record));
          }
        }
        assertTrue(logs.mappedSegments() <= 8, logs.mappedSegments() + " maps");
      }
      assertTrue(logs.mappedSegments() > 0, "what is read often is mapped");
    }
  }

  @Test
  void aMapThatWasGivenUpMakesRoomOnceItIsCollected() {
    LogSettings one = LogSettings.DEFAULTS.withMappedSegmentsMax(1);
    try (LogDirectory logs = LogDirectory.open(dir, one, counting())) {
      List<Log<Append>> all = create(logs);
      readOften(all.get(0));
      assertEquals(1, logs.mappedSegments());
      readOften(all.get(1)); // has no room, and the other's map is given up
      for (int i = 0; i < COLLECTIONS_MAX && logs.mappedSegments() > 0; i++) {
        System.gc();
      }
      assertEquals(0, logs.mappedSegments());
      readOften(all.get(1));
      assertEquals(1, logs.mappedSegments());
    }
  }

  @Test
  void aClosedLogGivesItsMapsUpAndCanStillBeRead() {
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, counting())) {
      Log<Append> log = create(logs).get(0);
      readOften(log);
      log.close();
      for (int i = 0; i < COLLECTIONS_MAX && logs.mappedSegments() > 0; i++) {
        System.gc();
      }
      assertEquals(0, logs.mappedSegments());
      assertEquals(log.name() + " 1", text(log.record(log.positionOf(1))));
    }
  }

  @Test
  void logsOpenSideBySide() {
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, counting())) {
      create(logs);
    }
    ExecutorService openers = Executors.newFixedThreadPool(4);
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, counting())) {
      List<CompletableFuture<Log<Append>>> opening = new ArrayList<>();
      for (String name : logs.names()) {
        opening.add(
            CompletableFuture.supplyAsync(
                () -> logs.openLog(name, AppendHandler::goingOn), openers));
      }
      assertEquals(LOGS, opening.size());
      for (CompletableFuture<Log<Append>> log : opening) {
        assertEquals(4, log.join().durableSeq());
        append(log.join());
      }
    } finally {
      openers.shutdown();
    }
  }

  @Test
  void openingReadingAndClosingNeedsNoThreadAndNoMap() {
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, counting())) {
      create(logs);
    }
    int before = threads.get();
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, counting())) {
      for (String name : logs.names()) {
        assertEquals(4, logs.openLog(name, AppendHandler::goingOn).durableSeq());
      }
      assertEquals(0, logs.mappedSegments());
    }
    assertEquals(before, threads.get());
  }

  @Test
  void anInterruptedReaderGetsItsRecordAndStaysInterrupted() {
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, counting())) {
      Log<Append> log = create(logs).get(0);
      Thread.currentThread().interrupt();
      try {
        assertEquals(log.name() + " 2", text(log.record(log.positionOf(2))));
      } finally {
        assertTrue(Thread.interrupted());
      }
    }
  }

  private static void readOften(Log<Append> log) {
    for (int i = 0; i < 20; i++) {
      log.record(log.positionOf(1));
    }
  }

  private List<Log<Append>> create(LogDirectory logs) {
    List<Log<Append>> all = new ArrayList<>();
    for (int i = 0; i < LOGS; i++) {
      Log<Append> log = logs.createLog("log " + i, AppendHandler::goingOn);
      for (int block = 0; block < 4; block++) {
        append(log);
      }
      all.add(log);
    }
    return all;
  }

  private static void append(Log<Append> log) {
    Append append = Append.of(bytes(log.name() + " " + (log.durableSeq() + 1)));
    assertTrue(log.submit(append, 1));
    append.done.join();
  }

  private LogEnvironment counting() {
    LogEnvironment real = SystemLogEnvironment.create();
    return real.withWriters(
        task -> {
          threads.incrementAndGet();
          return real.writers().newThread(task);
        });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(LogRecord record) {
    return StandardCharsets.UTF_8.decode(record.payload()).toString();
  }
}
