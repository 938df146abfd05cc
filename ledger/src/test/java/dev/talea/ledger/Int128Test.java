// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class Int128Test {
  private static final long SEED = 20_260_101;
  private static final BigInteger MAX = BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE);

  /** Every power of two with its neighbours, both signs, and the range's ends. */
  private static List<BigInteger> boundaries() {
    List<BigInteger> values = new ArrayList<>();
    values.add(BigInteger.ZERO);
    for (int bit = 0; bit <= 127; bit++) {
      for (int near = -2; near <= 2; near++) {
        BigInteger value = BigInteger.ONE.shiftLeft(bit).add(BigInteger.valueOf(near));
        for (BigInteger signed : List.of(value, value.negate())) {
          if (signed.abs().compareTo(MAX) <= 0) {
            values.add(signed);
          }
        }
      }
    }
    return values;
  }

  private static BigInteger random(Random random) {
    BigInteger value = new BigInteger(random.nextInt(128), random);
    return random.nextBoolean() ? value : value.negate();
  }

  private static Int128 of(BigInteger value) {
    return requireNonNull(Int128.of(value), value::toString);
  }

  private static @Nullable Int128 inRange(BigInteger value) {
    return value.abs().compareTo(MAX) > 0 ? null : of(value);
  }

  @Test
  void everyValueComesBackInEveryForm() {
    Random random = new Random(SEED);
    List<BigInteger> values = boundaries();
    for (int i = 0; i < 20_000; i++) {
      values.add(random(random));
    }
    for (BigInteger value : values) {
      Int128 exact = of(value);
      assertEquals(value, exact.toBigInteger());
      assertEquals(value.toString(), exact.toString());
      assertEquals(exact, Int128.parse(value.toString()));
      assertEquals(exact, Int128.ofParts(exact.high(), exact.low()));
      assertEquals(value.signum(), exact.signum());
      assertEquals(value.negate(), exact.negated().toBigInteger());
      boolean fits = value.bitLength() < 64;
      assertEquals(fits, exact.fitsLong());
      if (fits) {
        assertEquals(value.longValueExact(), exact.toLong());
        assertEquals(exact, Int128.of(value.longValueExact()));
        assertEquals(exact.hashCode(), Int128.of(value.longValueExact()).hashCode());
      } else {
        assertThrows(ArithmeticException.class, exact::toLong);
      }
    }
  }

  @Test
  void arithmeticAgreesWithBigIntegerAtEveryBoundary() {
    List<BigInteger> values = boundaries();
    for (BigInteger a : values) {
      for (BigInteger b : values) {
        agree(a, b);
      }
    }
  }

  @Test
  void arithmeticAgreesWithBigIntegerOnRandomValues() {
    Random random = new Random(SEED);
    for (int i = 0; i < 100_000; i++) {
      agree(random(random), random(random));
    }
  }

  private static void agree(BigInteger a, BigInteger b) {
    Int128 x = of(a);
    Int128 y = of(b);
    assertEquals(inRange(a.add(b)), x.plus(y), () -> a + " + " + b);
    assertEquals(inRange(a.subtract(b)), x.minus(y), () -> a + " - " + b);
    assertEquals(
        Integer.signum(a.compareTo(b)), Integer.signum(x.compareTo(y)), () -> a + " ? " + b);
    assertEquals(a.equals(b), x.equals(y));
  }

  @Test
  void theRangeIsSymmetricAndEndsSharp() {
    assertEquals(MAX, Int128.MAX.toBigInteger());
    assertEquals(MAX.negate(), Int128.MIN.toBigInteger());
    assertNull(Int128.of(MAX.add(BigInteger.ONE)));
    assertNull(Int128.of(MAX.add(BigInteger.ONE).negate()));
    assertNull(Int128.parse(MAX.add(BigInteger.ONE).toString()));
    assertNull(Int128.parse(MAX.add(BigInteger.ONE).negate().toString()));
    assertNull(Int128.parse("9".repeat(40)));
    assertNull(Int128.parse("0".repeat(41)));
    assertNull(Int128.MAX.plus(Int128.of(1)));
    assertNull(Int128.MIN.minus(Int128.of(1)));
    assertNull(Int128.MIN.plus(Int128.MIN));
    assertThrows(ArithmeticException.class, () -> Int128.ofParts(Long.MIN_VALUE, 0));
    assertNotEquals(Int128.MAX, Int128.MIN);
  }

  @Test
  void onlyDecimalDigitsAreParsed() {
    for (String text :
        List.of(
            "", "-", "+1", " 1", "1 ", "--1", "1-", "1.0", "1e3", "0x1", "1_0", "\u0661", "½")) {
      assertNull(Int128.parse(text), text);
    }
    assertEquals(Int128.ZERO, Int128.parse("-0"));
    assertEquals(Int128.of(7), Int128.parse("007"));
    assertEquals(Int128.of(Long.MIN_VALUE), Int128.parse("-9223372036854775808"));
  }

  @Test
  void majorUnitsAreSpelledWithExactlyThePrecision() {
    assertEquals("1500.00", Int128.of(150_000).toDecimalString(2));
    assertEquals("0.05", Int128.of(5).toDecimalString(2));
    assertEquals("-15.00", Int128.of(-1_500).toDecimalString(2));
    assertEquals("-0.05", Int128.of(-5).toDecimalString(2));
    assertEquals("5", Int128.of(5).toDecimalString(0));
    assertEquals("0", Int128.ZERO.toDecimalString(0));
    assertEquals("0.000", Int128.ZERO.toDecimalString(3));
    assertEquals("10.0", Int128.of(100).toDecimalString(1));
    Random random = new Random(SEED);
    for (int i = 0; i < 20_000; i++) {
      BigInteger value = random(random);
      int precision = random.nextInt(256);
      assertEquals(
          new BigDecimal(value, precision).toPlainString(), of(value).toDecimalString(precision));
    }
  }
}
