// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values that questions are asked with: one spelling for query strings, headers and
 * command lines. Stateless.
 */
public final class QueryValues {
  private static final Pattern CURSOR = Pattern.compile("[+-]?[0-9]{1,30}");
  private static final Pattern LIMIT = Pattern.compile("\\+?[0-9]{1,100}");

  private QueryValues() {}

  /**
   * A seq after which something begins: 64 bits with an optional sign, 0 for one below; null if it
   * is none.
   */
  public static @Nullable Long cursor(String text) {
    if (!CURSOR.matcher(text).matches()) {
      return null;
    }
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return null; // more than 64 bits
    }
  }

  /** A moment asked about, leap seconds included; null if it is none. */
  public static @Nullable Instant moment(String text) {
    return Moment.instantOf(Moment.parse(text));
  }

  /** How many: 0 or more, beyond a long the largest one; null if it is no such number. */
  public static @Nullable Long limit(String text) {
    if (!LIMIT.matcher(text).matches()) {
      return null;
    }
    String digits = text.startsWith("+") ? text.substring(1) : text;
    // 18 digits always fit a long; nothing in a ledger is ever counted that far.
    return digits.length() <= 18 ? Long.parseLong(digits) : Long.MAX_VALUE;
  }
}
