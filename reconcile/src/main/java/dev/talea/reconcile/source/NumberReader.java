// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.source.FormatProfile.Numbers;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes whole minor units of digits as a statement prints them, by whole-number arithmetic alone:
 * nothing is ever a binary fraction. What a mark means is never guessed: groups of digits have to
 * have three, so that {@code 1.50} is no hundred and fifty where the point parts thousands.
 *
 * <p>One thread: after a call that returned null, {@link #fault} says why.
 */
final class NumberReader {
  private static final int LONG_DIGITS_SAFE = 18;
  private static final int GROUP = 3;
  private static final char MINUS = '\u2212';

  private final char decimal;
  private final int thousands;
  private final int scale;
  private final boolean minor;
  private String fault = "";

  /** Digits of the number at hand, without zeros in front, when they are too many for a long. */
  private final StringBuilder digits = new StringBuilder();

  NumberReader(Numbers numbers) {
    decimal = numbers.decimal();
    thousands = numbers.thousands() == null ? -1 : numbers.thousands();
    scale = numbers.scale();
    minor = numbers.minor();
  }

  /** Why the last number was none. */
  String fault() {
    return fault;
  }

  /** An amount in minor units; null if it is none. */
  @Nullable Int128 amount(char[] chars, int from, int to) {
    return read(chars, from, to, minor ? 0 : scale, !minor);
  }

  /** A whole number; null if it is none. */
  @Nullable Int128 integer(char[] chars, int from, int to) {
    return read(chars, from, to, 0, false);
  }

  private @Nullable Int128 read(char[] chars, int start, int stop, int places, boolean fraction) {
    int from = start;
    int to = stop;
    while (from < to && isSpace(chars[from])) {
      from++;
    }
    while (to > from && isSpace(chars[to - 1])) {
      to--;
    }
    boolean negative = false;
    boolean signed = false;
    if (from < to && isSign(chars[from])) {
      negative = chars[from++] != '+';
      signed = true;
    } else if (to - from > 1 && isSign(chars[to - 1])) {
      negative = chars[--to] != '+';
      signed = true;
    } else if (to - from > 2 && chars[from] == '(' && chars[to - 1] == ')') {
      negative = true;
      signed = true;
      from++;
      to--;
    }
    if (signed && from < to && isSpace(chars[from])) {
      from++; // as in "- 5.00"
    }
    return digits(chars, from, to, places, fraction, negative);
  }

  private @Nullable Int128 digits(
      char[] chars, int from, int to, int places, boolean fraction, boolean negative) {
    long value = 0;
    int count = 0;
    int inGroup = -1; // digits since a mark between thousands; -1 before the first
    int behind = -1; // digits behind the decimal mark; -1 before it
    boolean any = false;
    digits.setLength(0);
    for (int i = from; i < to; i++) {
      char c = chars[i];
      if (c >= '0' && c <= '9') {
        any = true;
        if (count > 0 || c != '0') {
          count++;
          if (count <= LONG_DIGITS_SAFE) {
            value = value * 10 + c - '0';
          }
          if (count == LONG_DIGITS_SAFE) {
            digits.append(value);
          } else if (count > LONG_DIGITS_SAFE) {
            digits.append(c);
          }
        }
        if (behind >= 0) {
          behind++;
        } else if (inGroup >= 0) {
          inGroup++;
        }
      } else if (c == decimal && behind < 0) {
        if (!fraction) {
          return none("has a fraction, expected a whole number");
        }
        if (inGroup >= 0 && inGroup != GROUP) {
          return none("has a group of " + inGroup + " digits before its decimal mark, expected 3");
        }
        behind = 0;
      } else if (c == thousands && behind < 0) {
        if (inGroup < 0 ? i == from || i - from > GROUP : inGroup != GROUP) {
          return none("has a group of digits that are not three between '" + c + "'");
        }
        inGroup = 0;
      } else {
        return none("has the character '" + c + "', expected digits with '" + decimal + "'");
      }
    }
    if (!any) {
      return none("has no digits");
    }
    if (behind < 0 && inGroup >= 0 && inGroup != GROUP) {
      return none("has a last group of " + inGroup + " digits, expected 3");
    }
    if (behind == 0) {
      return none("ends with its decimal mark");
    }
    int missing = places - Math.max(0, behind);
    if (missing < 0) {
      return none("has " + behind + " fraction digits, the profile's scale is " + places);
    }
    return value(value, count, missing, negative);
  }

  private @Nullable Int128 value(long value, int count, int zeros, boolean negative) {
    if (count + zeros <= LONG_DIGITS_SAFE) {
      long scaled = value;
      for (int i = 0; i < zeros; i++) {
        scaled *= 10;
      }
      return Int128.of(negative ? -scaled : scaled);
    }
    if (count == 0) {
      return Int128.ZERO;
    }
    if (count + zeros > Int128.DECIMAL_CHARS_MAX) {
      return none("is beyond 2^127-1 minor units, the largest amount there is");
    }
    if (count < LONG_DIGITS_SAFE) {
      digits.append(value);
    }
    BigInteger whole = new BigInteger(digits + "0".repeat(zeros));
    Int128 result = Int128.of(negative ? whole.negate() : whole);
    return result == null
        ? none("is beyond 2^127-1 minor units, the largest amount there is")
        : result;
  }

  private @Nullable Int128 none(String why) {
    fault = why;
    return null;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\u00a0' || c == '\u202f';
  }

  private static boolean isSign(char c) {
    return c == '-' || c == '+' || c == MINUS;
  }
}
