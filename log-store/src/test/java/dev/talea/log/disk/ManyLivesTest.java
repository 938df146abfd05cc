// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.format.Bytes;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One log lives through one crash after another. What a recovery has once shown has to stay, and
 * what it has cut off must not come back, however often the power goes after it.
 *
 * <p>{@code -Dtalea.lives.rounds=N} plays N histories (150 by default), {@code
 * -Dtalea.crash.seed=S} others.
 */
@Tag("slow")
class ManyLivesTest {

  private static final int ROUNDS = Integer.getInteger("talea.lives.rounds", 150);
  private static final long SEED = Long.getLong("talea.crash.seed", 4000L);
  private static final int LIVES = 12;
  private static final Path DIR = Path.of("/data");
  private static final LogSettings SETTINGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 14, 64)
          .withSpaceSteps(1 << 12, 1 << 14)
          .withIdleMillis(5);

  @Test
  void whatARecoveryHasShownStaysThroughAllLaterCrashes() {
    for (int round = 0; round < ROUNDS; round++) {
      long seed = SEED + round;
      try {
        play(new Random(seed));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** Space is filled in line in half of the histories, by a thread of its own in the others. */
  private static LogEnvironment environment(SimulatedDisk disk, Random random) {
    LogEnvironment inLine = CrashTest.environment(disk);
    return random.nextBoolean()
        ? inLine
        : inLine.withBackground(SystemLogEnvironment.create().background());
  }

  private static void play(Random random) {
    SimulatedDisk disk = new SimulatedDisk(random.nextLong());
    List<byte[]> durable = new ArrayList<>();
    for (int life = 0; life < LIVES; life++) {
      if (random.nextInt(10) > 0) {
        disk.crashAtOperation(1 + random.nextInt(40));
      }
      List<byte[]> written = new ArrayList<>();
      int acknowledged = 0;
      try {
        LogDirectory logs = LogDirectory.open(DIR, SETTINGS, environment(disk, random));
        Log<Append> log =
            logs.exists("log")
                ? logs.openLog("log", AppendHandler::goingOn)
                : logs.createLog("log", AppendHandler::goingOn);
        check(log, durable);
        zerosBehindTheEnd(disk, log);
        for (int i = random.nextInt(20); i > 0; i--) {
          byte[][] payloads = payloads(random);
          written.addAll(List.of(payloads));
          Append append = Append.of(payloads);
          assertTrue(log.submit(append, 1));
          append.done.join();
          acknowledged = written.size();
        }
        logs.close();
      } catch (LogException | CompletionException e) {
        if (!disk.isOff()) {
          throw e;
        }
      }
      int before = durable.size();
      disk =
          random.nextInt(4) == 0
              ? disk.afterProcessDeath()
              : disk.afterPowerLoss(random.nextLong());
      durable = whatIsThere(disk, durable, written, before + acknowledged);
      disk = disk.afterPowerLoss(random.nextLong()); // and what was shown must still be there
    }
  }

  private static byte[][] payloads(Random random) {
    byte[][] payloads = new byte[1 + random.nextInt(4)][];
    for (int i = 0; i < payloads.length; i++) {
      payloads[i] = new byte[random.nextInt(3000)];
      random.nextBytes(payloads[i]);
    }
    return payloads;
  }

  /** Recovers, checks, and loses power again without having written anything. */
  private static List<byte[]> whatIsThere(
      SimulatedDisk disk, List<byte[]> before, List<byte[]> written, int atLeast) {
    List<byte[]> all = new ArrayList<>(before);
    all.addAll(written);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk));
    if (!logs.exists("log")) {
      assertEquals(0, atLeast);
      logs.close();
      return List.of();
    }
    Log<Append> log = logs.openLog("log", AppendHandler::goingOn);
    int last = (int) log.durableSeq();
    assertTrue(last >= atLeast, last + " records, but " + atLeast + " had been acknowledged");
    List<byte[]> there = List.copyOf(all.subList(0, last));
    check(log, there);
    return there;
  }

  private static void check(Log<Append> log, List<byte[]> expected) {
    assertEquals(expected.size(), log.durableSeq());
    LogCursor cursor = log.cursor(1);
    for (byte[] payload : expected) {
      assertTrue(cursor.next());
      ByteBuffer found = cursor.payload();
      byte[] bytes = new byte[found.remaining()];
      found.get(bytes);
      assertArrayEquals(payload, bytes);
    }
  }

  /** Nothing of a torn block may be left where the next blocks go. */
  private static void zerosBehindTheEnd(SimulatedDisk disk, Log<Append> log) {
    Path folder = DIR.resolve("books").resolve("log");
    Recovery found = Recovery.find(new SegmentMaps(disk, 16), folder, log.name());
    Path last = found.segments().last().file();
    byte[] content = disk.content(last);
    assertTrue(Bytes.allZero(content, (int) found.offset(), content.length));
  }
}
