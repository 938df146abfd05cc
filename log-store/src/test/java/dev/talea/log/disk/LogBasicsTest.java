// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogBasicsTest {

  @TempDir Path dir;

  @Test
  void whatWasAcknowledgedIsThereAfterReopening() throws Exception {
    LogEnvironment environment = SystemLogEnvironment.create();
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.createLog("books", AppendHandler::goingOn);
      for (int i = 1; i <= 100; i++) {
        Append append = Append.of(bytes("record " + i));
        assertTrue(log.submit(append, 1));
        assertEquals(i, append.done.get(10, TimeUnit.SECONDS).seqs().get(0));
        assertEquals(i, log.durableSeq());
        assertArrayEquals(
            bytes("record " + i), payload(log.record(append.positions.get(0)).payload()));
      }
    }
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.openLog("books", AppendHandler::goingOn);
      assertEquals(100, log.durableSeq());
      LogCursor cursor = log.cursor(1);
      for (int i = 1; i <= 100; i++) {
        assertTrue(cursor.next());
        assertEquals(i, cursor.seq());
        assertEquals(cursor.position(), log.positionOf(i));
        assertArrayEquals(bytes("record " + i), payload(cursor.payload()));
      }
      assertFalse(cursor.next());
      assertEquals(
          log.treeHead(), new LogFiles(dir, environment.disk()).verify("books").treeHead());
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] payload(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** Also from the seventh read on, which would map the segment. */
  @Test
  void anInterruptedThreadCanOpenAndRead() {
    LogEnvironment environment = SystemLogEnvironment.create();
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      Append append = Append.of(bytes("one"));
      assertTrue(log.submit(append, 1));
      long position = append.done.join().positions().get(0);
      Thread.currentThread().interrupt();
      for (int i = 0; i < 20; i++) {
        assertEquals(1, log.record(position).seq());
        assertTrue(log.cursor(1).next());
        assertTrue(Thread.currentThread().isInterrupted(), "the interrupt is the caller's");
      }
      log.close();
      assertEquals(1, logs.openLog("log", AppendHandler::goingOn).durableSeq());
      assertTrue(Thread.interrupted());
    } finally {
      Thread.interrupted();
    }
  }

  /** Where Java closes a file because of an interrupt: at every place a reader opens one. */
  @Test
  void aThreadThatIsInterruptedWhileItReadsGetsItsRecord() {
    SimulatedDisk disk = new SimulatedDisk(1);
    LogEnvironment environment = CrashTest.environment(disk);
    LogSettings unmapped = LogSettings.DEFAULTS.withMappedSegmentsMax(0);
    try (LogDirectory logs = LogDirectory.open(Path.of("/data"), unmapped, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      for (int i = 0; i < 3; i++) {
        Append append = Append.of(bytes("one"), bytes("two"));
        assertTrue(log.submit(append, 1));
        append.done.join();
      }
      Thread reader = Thread.currentThread();
      AtomicInteger left = new AtomicInteger();
      disk.setFault(
          (operation, file) -> {
            if (operation != SimulatedDisk.Operation.OPEN_FOR_READING
                || Thread.currentThread() != reader
                || left.getAndDecrement() <= 0) {
              return null;
            }
            reader.interrupt();
            return new ClosedByInterruptException();
          });
      for (int i = 0; i < 20; i++) {
        left.set(3);
        assertEquals(5, log.record(log.positionOf(5)).seq());
        assertTrue(left.get() < 0, "there was no interrupt, so this tests nothing");
        assertTrue(Thread.interrupted(), "the interrupt is the caller's");
        left.set(3);
        LogCursor cursor = log.cursor(2);
        for (int seq = 2; seq <= 6; seq++) {
          assertTrue(cursor.next());
          assertEquals(seq, cursor.seq());
        }
        assertFalse(cursor.next());
        assertTrue(Thread.interrupted());
      }
      disk.setFault(SimulatedDisk.Fault.NONE);
      Append after = Append.of(bytes("after"));
      assertTrue(log.submit(after, 1));
      assertEquals(7, after.done.join().seqs().get(0));
    } finally {
      Thread.interrupted();
    }
  }

  /** A nanosecond count of 64 bits since 1970 ends on 2262-04-11. */
  @Test
  void timesBeyondTheYear2262AreTimes() {
    Instant late = Instant.parse("2300-01-01T00:00:00.123456789Z");
    assertEquals(10_413_792_000_123_456L, SystemLogEnvironment.micros(late));
    assertEquals(-1, SystemLogEnvironment.micros(Instant.EPOCH.minusNanos(1000)));
    LogEnvironment environment =
        SystemLogEnvironment.create().withClock(() -> SystemLogEnvironment.micros(late));
    try (LogDirectory logs = LogDirectory.open(dir, LogSettings.DEFAULTS, environment)) {
      Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
      Append append = Append.of(bytes("late"));
      assertTrue(log.submit(append, 1));
      append.done.join();
      assertEquals(SystemLogEnvironment.micros(late), log.durableTime());
    }
  }
}
