// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.ledger.Int128;
import java.math.BigInteger;

/**
 * A sum of amounts that only grows: a book's debits, or credits, in one asset. 192 bits, because
 * sums of 128-bit amounts outgrow 128: 2^64 postings of the largest amount still fit.
 *
 * <p>Immutable. Apart from {@link Int128}, whose range is that of a balance and ends in a refusal;
 * a total has no end within reach.
 */
public record RunningTotal(long high, long middle, long low) {
  public static final RunningTotal ZERO = new RunningTotal(0, 0, 0);

  /** The sum. {@code amount} must not be negative. */
  public RunningTotal plus(Int128 amount) {
    long sumLow = low + amount.low();
    long carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
    long sumMiddle = middle + amount.high();
    long carryHigh = Long.compareUnsigned(sumMiddle, middle) < 0 ? 1 : 0;
    long withCarry = sumMiddle + carry;
    if (carry == 1 && withCarry == 0) {
      carryHigh++;
    }
    return new RunningTotal(high + carryHigh, withCarry, sumLow);
  }

  public boolean fitsLong() {
    return (high | middle) == 0 && low >= 0;
  }

  public BigInteger toBigInteger() {
    if (fitsLong()) {
      return BigInteger.valueOf(low);
    }
    return BigInteger.valueOf(high)
        .shiftLeft(64)
        .add(unsigned(middle))
        .shiftLeft(64)
        .add(unsigned(low));
  }

  private static BigInteger unsigned(long value) {
    return BigInteger.valueOf(value >>> 1).shiftLeft(1).or(BigInteger.valueOf(value & 1));
  }
}
