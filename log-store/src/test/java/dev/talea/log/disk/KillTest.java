// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogSettings;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that appends as fast as it can is killed in the middle of it, on a real disk, again and
 * again on the same log.
 *
 * <p>{@code -Dtalea.kill.rounds=N} kills N times (6 by default), {@code -Dtalea.kill.seed=S} at
 * other moments.
 */
@Timeout(900)
@Tag("slow")
class KillTest {

  private static final int ROUNDS = Integer.getInteger("talea.kill.rounds", 6);

  private static final long SEED = Long.getLong("talea.kill.seed", 99L);

  @TempDir Path dir;

  @Test
  void nothingAcknowledgedIsLostToASigkill() throws Exception {
    Random random = new Random(SEED);
    long acknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
      try (ChildJvm child = ChildJvm.start("append", dir)) {
        int answers = 1 + random.nextInt(2000);
        for (int i = 0; i < answers; i++) {
          acknowledged = Long.parseLong(String.valueOf(child.line()));
        }
        child.kill();
        // What it managed to say between the last line read and its death counts too.
        for (String line = child.line(); line != null; line = child.line()) {
          acknowledged = Math.max(acknowledged, wholeNumber(line, acknowledged));
        }
      }
      check(acknowledged, "round " + round + ", seed " + SEED);
    }
    VerifyReport report = new LogFiles(dir, new NioDisk()).verify("log");
    assertTrue(report.segments() > 1, "too few records for a second segment");
    System.out.println(
        "[talea] KillTest: "
            + ROUNDS
            + " kills, "
            + report.records()
            + " records in "
            + report.segments()
            + " segments, seed "
            + SEED);
  }

  /** The last line may be cut off. A number cut off is smaller, so it claims too little. */
  private static long wholeNumber(String line, long otherwise) {
    return line.matches("\\d+") ? Long.parseLong(line) : otherwise;
  }

  private void check(long acknowledged, String when) {
    try (LogDirectory logs =
        LogDirectory.open(dir, LogSettings.DEFAULTS, SystemLogEnvironment.create())) {
      Log<Append> log = logs.openLog("log", AppendHandler::goingOn);
      assertTrue(
          log.durableSeq() >= acknowledged,
          when + ": " + log.durableSeq() + " records, acknowledged " + acknowledged);
      assertEquals(0, log.durableSeq() % 4, when + ": half of an atomic batch");
      LogCursor cursor = log.cursor(1);
      for (long seq = 1; seq <= log.durableSeq(); seq++) {
        assertTrue(cursor.next());
        byte[] bytes = new byte[cursor.payload().remaining()];
        cursor.payload().get(bytes);
        assertArrayEquals(ChildJvm.payload(seq), bytes, when);
      }
    }
  }
}
