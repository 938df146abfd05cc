// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.LogException;
import dev.talea.log.SimulatedDisk;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The power goes at every single I/O operation of {@link CrashStory}. Each time the disk is found
 * in several states it could be in, the ledger is opened again, and audited: all that was
 * acknowledged is there, nothing is half there, and what follows from the events is what the store
 * answers. Then every draft is sent again, as a client would that does not know what became of it.
 *
 * <p>{@code -Dtalea.crash.outcomes=N} looks at N states per crash, {@code -Dtalea.crash.seed=S}
 * begins with another seed.
 */
@Tag("slow")
class CrashTest {
  private static final int OUTCOMES = Integer.getInteger("talea.crash.outcomes", 2);
  private static final long SEED = Long.getLong("talea.crash.seed", 20_261_120L);

  @Test
  void nothingAcknowledgedIsLostWhereverThePowerGoes() {
    SimulatedDisk whole = new SimulatedDisk(SEED);
    CrashStory told = new CrashStory(SEED);
    assertTrue(told.tell(whole), "the story gets to its end if nothing happens");
    told.check(SimulatedLedger.open(whole.afterPowerLoss(SEED)), 0);
    int operations = whole.operations();
    assertTrue(operations > 100, "the story has " + operations + " operations");
    // The last ones come again at the end of the range if a group falls differently.
    for (int at = 1; at <= operations + 2; at++) {
      SimulatedDisk disk = new SimulatedDisk(SEED);
      disk.crashAtOperation(at);
      CrashStory story = new CrashStory(SEED);
      story.tell(disk);
      for (int outcome = 0; outcome < OUTCOMES; outcome++) {
        long seed = SEED + 1000L * at + outcome;
        try {
          checkAfter(disk, story, new Random(seed));
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "power gone at operation " + at + " of " + operations + ", seed " + seed, e);
        }
      }
    }
    System.out.printf(
        "[talea] CrashTest: %d crashes, %d outcomes each, seed %d%n",
        operations + 2, OUTCOMES, SEED);
  }

  private static void checkAfter(SimulatedDisk crashed, CrashStory story, Random random) {
    SimulatedDisk found = crashed.afterPowerLoss(random.nextLong());
    if (random.nextInt(3) == 0) { // the power goes once more, while recovering
      found.crashAtOperation(1 + random.nextInt(20));
      try {
        SimulatedLedger.open(found).close();
      } catch (LogException e) {
        assertTrue(found.isOff(), () -> "only a lost power may end this: " + e);
      }
      found = found.afterPowerLoss(random.nextLong());
    }
    try (LogLedgerStore store = SimulatedLedger.open(found)) {
      story.check(store, 3);
      story.sendEverythingAgain(store);
    }
  }
}
