// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunningTotalTest {

  @Test
  void sumsOfTheLargestAmountsCarryIntoTheThirdWord() {
    RunningTotal total = RunningTotal.ZERO;
    BigInteger expected = BigInteger.ZERO;
    for (int i = 0; i < 100; i++) {
      total = total.plus(Int128.MAX);
      expected = expected.add(Int128.MAX.toBigInteger());
      assertEquals(expected, total.toBigInteger());
    }
    assertTrue(total.high() > 0);
    assertFalse(total.fitsLong());
  }

  @Test
  void aMiddleWordFullOfOnesPassesTheCarryOn() {
    RunningTotal total = new RunningTotal(0, -1, -1).plus(Int128.of(1));
    assertEquals(new RunningTotal(1, 0, 0), total);
  }

  @Test
  void randomSumsEqualBigIntegers() {
    long seed = 20261120;
    Random random = new Random(seed);
    RunningTotal total = RunningTotal.ZERO;
    BigInteger expected = BigInteger.ZERO;
    for (int i = 0; i < 10_000; i++) {
      Int128 amount =
          Int128.ofParts(random.nextLong() >>> (1 + random.nextInt(63)), random.nextLong());
      total = total.plus(amount);
      expected = expected.add(amount.toBigInteger());
      assertEquals(expected, total.toBigInteger(), "seed " + seed + ", step " + i);
    }
  }

  @Test
  void aTotalIsNarrowUpTo63Bits() {
    RunningTotal largest = RunningTotal.ZERO.plus(Int128.of(Long.MAX_VALUE));
    assertTrue(largest.fitsLong());
    assertFalse(largest.plus(Int128.of(1)).fitsLong());
  }
}
