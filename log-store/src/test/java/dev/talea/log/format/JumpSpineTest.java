// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Jumps lead from any block to any earlier one in few steps. */
class JumpSpineTest {

  @Test
  void anyBlockIsAFewJumpsAwayFromAnyLaterOne() {
    JumpSpine spine = new JumpSpine();
    int count = 100_000;
    int[] jump = new int[count + 1];
    for (int block = 1; block <= count; block++) {
      jump[block] = (int) spine.nextJump();
      spine.push(block, block); // positions are numbers here
    }
    Random random = new Random(3);
    int worst = 0;
    for (int i = 0; i < 20_000; i++) {
      int target = 1 + random.nextInt(count);
      int hops = 0;
      for (int at = count; at > target; hops++) {
        at = jump[at] >= target ? jump[at] : at - 1;
      }
      worst = Math.max(worst, hops);
    }
    assertTrue(worst <= 3 * 17, worst + " hops among " + count + " blocks");
  }
}
