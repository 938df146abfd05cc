// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * An exact integer between -(2^127 - 1) and 2^127 - 1: amounts and balances in minor units.
 *
 * <p>The range is symmetric so that a balance can always be negated. Arithmetic never wraps: {@link
 * #plus} and {@link #minus} return null when the result leaves the range, which makes a caller
 * decide what that means. Values that fit 64 bits, nearly all of them, take the short way through
 * the arithmetic.
 *
 * <p>Immutable, a value.
 */
public final class Int128 implements Comparable<Int128> {
  /** Nothing. */
  public static final Int128 ZERO = new Int128(0, 0);

  /** 2^127 - 1. */
  public static final Int128 MAX = new Int128(Long.MAX_VALUE, -1);

  /** -(2^127 - 1). */
  public static final Int128 MIN = new Int128(Long.MIN_VALUE, 1);

  /** Longest decimal text of a value: 39 digits and a sign. */
  public static final int DECIMAL_CHARS_MAX = 40;

  private static final BigInteger BIG_MAX = BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE);

  /** Two's complement: the value is hi * 2^64 + unsigned lo. */
  private final long hi;

  private final long lo;

  private Int128(long hi, long lo) {
    this.hi = hi;
    this.lo = lo;
  }

  /** A value that fits 64 bits. */
  public static Int128 of(long value) {
    return value == 0 ? ZERO : new Int128(value >> 63, value);
  }

  /**
   * A value from its two's complement halves.
   *
   * @throws ArithmeticException for -2^127, the one pattern that is out of range
   */
  public static Int128 ofParts(long high, long low) {
    if (high == Long.MIN_VALUE && low == 0) {
      throw new ArithmeticException("-2^127 is outside the 128-bit range of amounts");
    }
    return new Int128(high, low);
  }

  /**
   * A value from an arbitrary integer.
   *
   * @return null if it is out of range
   */
  public static @Nullable Int128 of(BigInteger value) {
    if (value.abs().compareTo(BIG_MAX) > 0) {
      return null;
    }
    return new Int128(value.shiftRight(64).longValue(), value.longValue());
  }

  /**
   * Reads decimal digits with an optional leading {@code -}.
   *
   * @return null if the text is anything else, or the value is out of range
   */
  public static @Nullable Int128 parse(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int length = text.length();
    if (length == start || length > DECIMAL_CHARS_MAX) {
      return null;
    }
    for (int i = start; i < length; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return null;
      }
    }
    // 18 digits always fit a long.
    return length - start <= 18 ? of(Long.parseLong(text)) : of(new BigInteger(text));
  }

  /** Whether {@link #toLong} is exact. */
  public boolean fitsLong() {
    return hi == (lo >> 63);
  }

  /**
   * The value as a long.
   *
   * @throws ArithmeticException if it does not fit
   */
  public long toLong() {
    if (!fitsLong()) {
      throw new ArithmeticException(this + " does not fit 64 bits");
    }
    return lo;
  }

  /** Upper half of the two's complement form. */
  public long high() {
    return hi;
  }

  /** Lower half of the two's complement form. */
  public long low() {
    return lo;
  }

  /** -1, 0 or 1. */
  public int signum() {
    return hi < 0 ? -1 : (hi | lo) == 0 ? 0 : 1;
  }

  /** The sum, or null if it is out of range. */
  public @Nullable Int128 plus(Int128 other) {
    if ((hi | lo) == 0) {
      return other; // as every total begins
    }
    if (fitsLong() && other.fitsLong()) {
      long sum = lo + other.lo;
      if (((lo ^ sum) & (other.lo ^ sum)) >= 0) {
        return of(sum);
      }
    }
    long sumLo = lo + other.lo;
    long carry = Long.compareUnsigned(sumLo, lo) < 0 ? 1 : 0;
    long sumHi = hi + other.hi + carry;
    boolean overflow = ((hi ^ sumHi) & (other.hi ^ sumHi)) < 0;
    return overflow || (sumHi == Long.MIN_VALUE && sumLo == 0) ? null : new Int128(sumHi, sumLo);
  }

  /** The difference, or null if it is out of range. */
  public @Nullable Int128 minus(Int128 other) {
    return plus(other.negated());
  }

  /** The value with the other sign; always in range. */
  public Int128 negated() {
    long low = -lo;
    return new Int128(~hi + (low == 0 ? 1 : 0), low);
  }

  /** As an arbitrary integer. */
  public BigInteger toBigInteger() {
    if (fitsLong()) {
      return BigInteger.valueOf(lo);
    }
    BigInteger low = BigInteger.valueOf(lo >>> 1).shiftLeft(1).or(BigInteger.valueOf(lo & 1));
    return BigInteger.valueOf(hi).shiftLeft(64).add(low);
  }

  /**
   * Decimal text of this many minor units with {@code precision} fraction digits: (150000, 2) is
   * {@code 1500.00}, (5, 2) is {@code 0.05}, (5, 0) is {@code 5}.
   */
  public String toDecimalString(int precision) {
    String digits = (signum() < 0 ? negated() : this).toString();
    String sign = signum() < 0 ? "-" : "";
    if (precision == 0) {
      return sign + digits;
    }
    if (digits.length() <= precision) {
      digits = "0".repeat(precision - digits.length() + 1) + digits;
    }
    int point = digits.length() - precision;
    return sign + digits.substring(0, point) + '.' + digits.substring(point);
  }

  @Override
  public int compareTo(Int128 other) {
    int byHigh = Long.compare(hi, other.hi);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(lo, other.lo);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Int128 that && hi == that.hi && lo == that.lo;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hi * 31 + lo);
  }

  /** Decimal digits, {@code -} in front of a negative value. */
  @Override
  public String toString() {
    return fitsLong() ? Long.toString(lo) : toBigInteger().toString();
  }
}
