// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Finding records by seq, position and time, against plain lists that say what is right. */
class LookupTest {

  private static final Path DIR = Path.of("/data");

  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final AtomicLong now = new AtomicLong(1000);
  private final List<Long> positions = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();
  private final List<byte[]> payloads = new ArrayList<>();

  @Test
  void everySeqAndEveryMomentLeadToTheRightRecord() {
    Random random = new Random(77);
    LogSettings settings =
        LogSettings.DEFAULTS.withSegmentBytesMax(1 << 16).withGroupMax(2048, 8).withIdleMillis(5);
    LogEnvironment environment = CrashTest.environment(disk).withClock(now::get);
    for (int life = 0; life < 4; life++) { // so that close marks lie between the blocks
      try (LogDirectory logs = LogDirectory.open(DIR, settings, environment)) {
        Log<Append> log =
            life == 0
                ? logs.createLog("log", AppendHandler::goingOn)
                : logs.openLog("log", AppendHandler::goingOn);
        checkAll(log, random);
        for (int i = 0; i < 150; i++) {
          append(log, random);
        }
        checkAll(log, random);
      }
      checkAll(new LogFiles(DIR, disk).read("log").reader(), random);
    }
    assertTrue(new LogFiles(DIR, disk).verify("log").segments() > 3);
  }

  private void append(Log<Append> log, Random random) {
    // Clocks stand still, jump ahead and are set back.
    now.addAndGet(random.nextInt(4) == 0 ? random.nextInt(2000) - 700 : random.nextInt(3));
    byte[][] some = new byte[1 + random.nextInt(5)][];
    for (int i = 0; i < some.length; i++) {
      some[i] = new byte[random.nextInt(300)];
      random.nextBytes(some[i]);
      payloads.add(some[i]);
    }
    Append append = Append.of(some);
    assertTrue(log.submit(append, 1));
    Append.Done done = append.done.join();
    positions.addAll(done.positions());
    times.addAll(done.times());
  }

  private void checkAll(LogReader log, Random random) {
    int last = payloads.size();
    assertEquals(last, log.durableSeq());
    assertEquals(last == 0 ? 0 : times.get(last - 1), log.durableTime());
    for (int i = 0; i < last; i++) {
      assertEquals(positions.get(i), log.positionOf(i + 1L));
      assertEquals(times.get(i), log.commitTimeOf(i + 1L));
      assertTrue(i == 0 || times.get(i - 1) <= times.get(i), "time went back at seq " + (i + 1));
      assertTrue(i == 0 || positions.get(i - 1) < positions.get(i));
      LogRecord record = log.record(positions.get(i));
      assertEquals(i + 1L, record.seq());
      assertArrayEquals(payloads.get(i), bytes(record.payload()));
    }
    checkTimes(log, random, last);
    for (int i = 0; i < 50; i++) {
      checkCursor(log, 1 + random.nextInt(last + 1));
    }
    assertThrows(IllegalArgumentException.class, () -> log.positionOf(0));
    assertThrows(IllegalArgumentException.class, () -> log.positionOf(last + 1L));
    assertThrows(IllegalArgumentException.class, () -> log.cursor(0));
    assertThrows(IllegalArgumentException.class, () -> log.cursor(last + 2L));
  }

  private void checkTimes(LogReader log, Random random, int last) {
    long end = last == 0 ? 10 : times.get(last - 1);
    for (int i = 0; i < 400; i++) {
      long moment =
          last > 0 && random.nextBoolean()
              ? times.get(random.nextInt(last)) + random.nextInt(3) - 1
              : random.nextInt((int) end + 100);
      long expected = 0;
      for (int seq = last; seq >= 1 && expected == 0; seq--) {
        if (times.get(seq - 1) <= moment) {
          expected = seq;
        }
      }
      assertEquals(expected, log.lastSeqAt(moment), "at " + moment);
    }
    assertEquals(0, log.lastSeqAt(Long.MIN_VALUE));
    assertEquals(last, log.lastSeqAt(Long.MAX_VALUE));
  }

  private void checkCursor(LogReader log, int from) {
    LogCursor cursor = log.cursor(from);
    assertThrows(IllegalStateException.class, cursor::payload);
    for (int seq = from; seq <= payloads.size(); seq++) {
      assertTrue(cursor.next());
      assertEquals(seq, cursor.seq());
      assertEquals(positions.get(seq - 1), cursor.position());
      assertEquals(times.get(seq - 1), cursor.commitTime());
      assertArrayEquals(payloads.get(seq - 1), bytes(cursor.payload()));
    }
    assertFalse(cursor.next());
    assertThrows(IllegalStateException.class, cursor::seq);
  }

  @Test
  void whatIsNotTheStartOfADurableRecordIsRefusedOrFoundOut() {
    LogSettings settings = LogSettings.DEFAULTS.withIdleMillis(5);
    LogDirectory logs = LogDirectory.open(DIR, settings, CrashTest.environment(disk));
    Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
    append(log, new Random(1));
    append(log, new Random(2));
    long end = positions.get(positions.size() - 1) + 1000;
    for (long at = -20; at < end; at++) {
      long position = at;
      if (positions.contains(at)) {
        assertEquals(positions.indexOf(at) + 1L, log.record(at).seq());
        continue;
      }
      RuntimeException e = assertThrows(RuntimeException.class, () -> log.record(position));
      assertTrue(e instanceof IllegalArgumentException || e instanceof LogDamagedException);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
