// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Disk;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.thread.OpenLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The power goes at every single I/O operation of a story with everything in it: two logs, groups,
 * atomic batches, several segments, a clean close, a second life. Each time the disk is looked at
 * in several states it could be in, opened again, and checked.
 *
 * <p>{@code -Dtalea.crash.outcomes=N} looks at N states per crash (3 by default), {@code
 * -Dtalea.crash.seed=S} begins with another seed.
 */
@Tag("slow")
class CrashTest {

  private static final int OUTCOMES = Integer.getInteger("talea.crash.outcomes", 3);
  private static final long SEED = Long.getLong("talea.crash.seed", 20261120L);
  private static final Path DIR = Path.of("/data/talea");
  private static final LogSettings SETTINGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 13, 64)
          .withSpaceSteps(1 << 12, 1 << 14)
          .withIdleMillis(5);

  private static final AtomicLong SALTS = new AtomicLong(SEED);

  /** What the outside knows about one log when the power goes. */
  private static final class Known {
    final List<byte[]> submitted = new ArrayList<>();
    final List<long[]> atomicRanges = new ArrayList<>();
    final Map<Long, Long> positions = new TreeMap<>();
    long acknowledged;
    boolean created;
  }

  private final Map<String, Known> known = new TreeMap<>();

  @Test
  void nothingAcknowledgedIsLostWhereverThePowerGoes() {
    SimulatedDisk whole = new SimulatedDisk(SEED);
    story(whole);
    int operations = whole.operations();
    assertTrue(operations > 100, "the story has " + operations + " operations");
    // The last ones come again at the end of the range if a group falls differently.
    for (int at = 1; at <= operations + 2; at++) {
      SimulatedDisk disk = new SimulatedDisk(SEED);
      disk.crashAtOperation(at);
      known.clear();
      story(disk);
      for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        long seed = SEED + 1000L * at + outcome;
        String where = "power gone at operation " + at + " of " + operations + ", seed " + seed;
        try {
          checkAfter(disk.afterPowerLoss(seed), new Random(seed));
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(where, e);
        }
      }
    }
    System.out.println(
        "CrashTest: "
            + (operations + 2)
            + " crashes, "
            + OUTCOMES
            + " outcomes each, seed "
            + SEED);
  }

  /** The same process story, killed instead: everything written is there, synced or not. */
  @Test
  void nothingAcknowledgedIsLostWhereverTheProcessDies() {
    SimulatedDisk whole = new SimulatedDisk(SEED);
    story(whole);
    for (int at = 1; at <= whole.operations() + 2; at++) {
      SimulatedDisk disk = new SimulatedDisk(SEED);
      disk.crashAtOperation(at);
      known.clear();
      story(disk);
      try {
        SimulatedDisk found = checkAfter(disk.afterProcessDeath(), new Random(at));
        Map<String, VerifyReport> before = reports(found);
        assertEquals(before, reports(found.afterPowerLoss(at)), "lost after a clean close");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("process dead at operation " + at + ", seed " + SEED, e);
      }
    }
  }

  /**
   * A process dies while it makes the directory; the next one finds names that were never synced,
   * acknowledges, and closes in order.
   */
  @Test
  void aDirectoryThatADeadProcessMadeSurvivesThePower() {
    SimulatedDisk whole = new SimulatedDisk(SEED);
    LogDirectory.open(DIR, SETTINGS, environment(whole)).close();
    for (int at = 1; at <= whole.operations(); at++) {
      for (int seed = 0; seed < 8; seed++) {
        SimulatedDisk dying = new SimulatedDisk(seed);
        dying.crashAtOperation(at);
        try {
          LogDirectory.open(DIR, SETTINGS, environment(dying)).close();
        } catch (LogException e) {
          assertTrue(dying.isOff());
        }
        SimulatedDisk found = dying.afterProcessDeath();
        try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment(found))) {
          Append append = Append.of(new byte[100]);
          assertTrue(logs.createLog("log", AppendHandler::goingOn).submit(append, 1));
          append.done.join();
        }
        SimulatedDisk after = found.afterPowerLoss(seed);
        try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment(after))) {
          assertEquals(
              List.of("log"), logs.names(), "process dead at operation " + at + ", seed " + seed);
          assertEquals(1, logs.openLog("log", AppendHandler::goingOn).durableSeq());
        }
      }
    }
  }

  // ------------------------------------------------------------------ the story

  private void story(SimulatedDisk disk) {
    try {
      Random random = new Random(SEED);
      LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment(disk));
      Log<Append> first = create(logs, "first");
      for (int i = 0; i < 5; i++) {
        append(first, random, 1, 300, false);
      }
      Log<Append> second = create(logs, "сонет / ..");
      append(second, random, 12, 700, true);
      rest(second); // a close mark in the middle, and writing goes on behind it
      append(second, random, 1, 240, false);
      rest(second);
      append(first, random, 30, 1000, false); // several blocks
      rest(first);
      together(first, random);
      append(second, random, 1, 40_000, false); // a record larger than a group
      append(first, random, 40, 900, false); // over the end of a segment
      logs.close();

      LogDirectory again = LogDirectory.open(DIR, SETTINGS, environment(disk));
      Log<Append> reopened = again.openLog("first", AppendHandler::goingOn);
      append(reopened, random, 3, 0, false);
      append(reopened, random, 20, 1200, true);
      rest(reopened);
      Log<Append> other = again.openLog("сонет / ..", AppendHandler::goingOn);
      append(other, random, 60, 800, false);
      append(reopened, random, 25, 1100, false);
      again.close();
    } catch (LogException | CompletionException e) {
      if (!disk.isOff()) {
        throw e;
      }
    }
  }

  private Log<Append> create(LogDirectory logs, String name) {
    Known log = known(name);
    Log<Append> created = logs.createLog(name, AppendHandler::goingOn);
    log.created = true;
    return created;
  }

  private Known known(String name) {
    return known.computeIfAbsent(name, n -> new Known());
  }

  private void append(Log<Append> log, Random random, int records, int length, boolean atomic) {
    await(log, submit(log, random, records, length, atomic));
  }

  /** Until its thread has marked the end and gone. */
  private static void rest(Log<Append> log) {
    while (((OpenLog<Append>) log).hasThread()) {
      Thread.onSpinWait();
    }
  }

  private void together(Log<Append> log, Random random) {
    List<Append> appends = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      appends.add(submit(log, random, 1 + i % 3, 200, i % 2 == 0));
    }
    appends.forEach(append -> await(log, append));
  }

  private Append submit(Log<Append> log, Random random, int records, int length, boolean atomic) {
    Known what = known(log.name());
    List<byte[]> payloads = new ArrayList<>();
    long from = what.submitted.size() + 1L;
    for (int i = 0; i < records; i++) {
      byte[] payload = new byte[length == 0 ? 0 : length / 2 + random.nextInt(length)];
      random.nextBytes(payload);
      payloads.add(payload);
      what.submitted.add(payload);
    }
    if (atomic) {
      what.atomicRanges.add(new long[] {from, from + records - 1});
    }
    Append append = atomic ? Append.atomic(payloads) : Append.of(payloads.toArray(new byte[0][]));
    assertTrue(log.submit(append, 1));
    return append;
  }

  private void await(Log<Append> log, Append append) {
    Append.Done done = append.done.join();
    Known what = known(log.name());
    for (int i = 0; i < done.seqs().size(); i++) {
      what.positions.put(done.seqs().get(i), done.positions().get(i));
      what.acknowledged = Math.max(what.acknowledged, done.seqs().get(i));
    }
  }

  // ------------------------------------------------------------------ the checks

  /** Gives the disk on which, after the checks, everything has been closed in order. */
  private SimulatedDisk checkAfter(SimulatedDisk disk, Random random) {
    SimulatedDisk found = disk;
    if (random.nextInt(3) == 0) { // the power goes once more, while recovering
      found.crashAtOperation(1 + random.nextInt(20));
      try {
        LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment(found));
        for (String name : logs.names()) {
          logs.openLog(name, AppendHandler::goingOn);
        }
      } catch (LogException e) {
        assertTrue(found.isOff(), () -> "only a lost power may end this: " + e);
      }
      found = found.afterPowerLoss(random.nextLong());
    }
    try (LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment(found))) {
      for (Map.Entry<String, Known> entry : known.entrySet()) {
        boolean there = logs.exists(entry.getKey());
        assertTrue(there || !entry.getValue().created, "a created log is gone");
        if (there) {
          checkLog(logs.openLog(entry.getKey(), AppendHandler::goingOn), entry.getValue());
        }
      }
    }
    for (Map.Entry<String, Known> entry : known.entrySet()) {
      if (new LogFiles(DIR, found).names().contains(entry.getKey())) {
        LogReader reader = new LogFiles(DIR, found).read(entry.getKey()).reader();
        VerifyReport report = new LogFiles(DIR, found).verify(entry.getKey());
        assertEquals(report.records(), reader.durableSeq());
        assertEquals(report.treeHead(), reader.treeHead());
      }
    }
    return found;
  }

  private static Map<String, VerifyReport> reports(SimulatedDisk disk) {
    Map<String, VerifyReport> reports = new TreeMap<>();
    for (String name : new LogFiles(DIR, disk).names()) {
      reports.put(name, new LogFiles(DIR, disk).verify(name));
    }
    return reports;
  }

  private void checkLog(Log<Append> log, Known what) {
    long last = log.durableSeq();
    assertTrue(last >= what.acknowledged, last + " records, acknowledged " + what.acknowledged);
    for (long[] range : what.atomicRanges) {
      assertFalse(
          range[0] <= last && last < range[1], "half of an atomic batch: " + last + " of it");
    }
    checkContent(log, what.submitted, last);
    what.positions.forEach(
        (seq, position) -> {
          assertEquals(position, log.positionOf(seq));
          assertEquals(seq, log.record(position).seq());
        });

    byte[] more = "written after the crash".getBytes(StandardCharsets.UTF_8);
    Append append = Append.of(more, more);
    assertTrue(log.submit(append, 1));
    assertEquals(List.of(last + 1, last + 2), append.done.join().seqs());
    assertEquals(last + 2, log.durableSeq());
  }

  private static void checkContent(LogReader log, List<byte[]> submitted, long last) {
    LogCursor cursor = log.cursor(1);
    for (long seq = 1; seq <= last; seq++) {
      assertTrue(cursor.next());
      assertEquals(seq, cursor.seq());
      ByteBuffer payload = cursor.payload();
      byte[] bytes = new byte[payload.remaining()];
      payload.get(bytes);
      if (seq <= submitted.size()) {
        assertArrayEquals(submitted.get((int) seq - 1), bytes);
      }
    }
    assertFalse(cursor.next());
  }

  /** Zero-filling in line, so that a crash point means the same thing every time. */
  static LogEnvironment environment(Disk disk) {
    AtomicLong micros = new AtomicLong(1_700_000_000_000_000L);
    return SystemLogEnvironment.create()
        .withDisk(disk)
        .withClock(() -> micros.addAndGet(100))
        .withRandom(() -> SALTS.addAndGet(0x9E3779B97F4A7C15L))
        .withBackground(Runnable::run);
  }
}
