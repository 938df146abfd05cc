// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SkewBinaryTest {

  @Test
  void theFirstJumpsAreThoseOfThePaper() {
    // Sizes of the trees that hold 1..n: 1; 1 1; 3; 3 1; 3 1 1; 3 3; 7; 7 1; 7 1 1; 7 3; ...
    long[] jumps = {0, 1, 0, 3, 4, 3, 0, 7, 8, 7, 10, 11, 10, 7, 0, 15};
    for (int n = 1; n <= jumps.length; n++) {
      assertEquals(jumps[n - 1], SkewBinary.jump(n), "jump of node " + n);
    }
  }

  @Test
  void aChainFollowsTheArithmeticForHundredThousandNodes() {
    Chain chain = new Chain();
    for (long n = 1; n <= 100_000; n++) {
      chain.append(refOf(n));
      assertEquals(n, chain.ordinal());
      assertEquals(refOf(n - 1), chain.previous(), "previous of node " + n);
      assertEquals(refOf(SkewBinary.jump(n)), chain.jump(), "jump of node " + n);
    }
  }

  @Test
  void everyEarlierNodeIsReachedInLogarithmicallyManyHops() {
    for (long newest : new long[] {1, 2, 3, 10, 1000, 1023, 1024, 65_535, 65_536, 100_000}) {
      int log = 64 - Long.numberOfLeadingZeros(newest);
      long step = Math.max(1, newest / 997);
      for (long wanted = 1; wanted <= newest; wanted += step) {
        int hops = hops(newest, wanted);
        assertTrue(hops <= 3 * log, () -> "from " + newest + " more than 3 log n hops: " + hops);
      }
    }
  }

  @Test
  void jumpsOfBillionsOfNodesStayRight() {
    assertEquals(0, SkewBinary.jump((1L << 40) - 1));
    assertEquals((1L << 40) - 1, SkewBinary.jump(1L << 40));
    assertEquals(0, SkewBinary.jump(Long.MAX_VALUE >> 1));
  }

  @Test
  void thereIsNoNodeZero() {
    assertThrows(IllegalArgumentException.class, () -> SkewBinary.jump(0));
  }

  private static long refOf(long n) {
    return n == 0 ? Ref.NONE : Ref.of(n * 8, 0);
  }

  private static int hops(long newest, long wanted) {
    int hops = 0;
    long at = newest;
    while (at > wanted) {
      at = SkewBinary.jump(at) >= wanted ? SkewBinary.jump(at) : at - 1;
      hops++;
    }
    assertEquals(wanted, at);
    return hops;
  }
}
