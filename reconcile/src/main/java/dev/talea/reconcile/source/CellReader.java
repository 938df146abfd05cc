// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import dev.talea.ledger.Int128;
import dev.talea.ledger.Timestamps;
import dev.talea.reconcile.row.ColumnType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes values of texts as a profile says. Separate from the sources, of which a database has texts
 * too.
 *
 * <p>One thread: after a call that returned null, {@link #fault} says why.
 */
final class CellReader {
  private static final Set<String> YES = Set.of("true", "t", "yes", "y", "1");
  private static final Set<String> NO = Set.of("false", "f", "no", "n", "0");

  private final NumberReader numbers;
  private final int scale;
  private final List<String> spelled;
  private final List<DatePattern> patterns;
  private final ZoneId zone;
  private String fault = "";

  CellReader(FormatProfile profile) {
    numbers = new NumberReader(profile.numbers());
    scale = profile.numbers().minor() ? 0 : profile.numbers().scale();
    spelled = profile.dates().patterns();
    patterns = spelled.stream().map(DatePattern::new).toList();
    zone = ZoneId.of(profile.dates().zone());
  }

  /** Why the last text was no value, in words that follow it. */
  String fault() {
    return fault;
  }

  /** Of local times that do not say one. */
  ZoneId zone() {
    return zone;
  }

  /** The value; if there is none, the reason is kept. */
  private <T> @Nullable T kept(@Nullable T value, String why) {
    if (value == null) {
      fault = why;
    }
    return value;
  }

  /** An amount in minor units. */
  @Nullable Int128 amount(char[] chars, int from, int to) {
    Int128 amount = numbers.amount(chars, from, to);
    return kept(amount, numbers.fault());
  }

  /**
   * An amount in minor units of a number whose type leaves nothing open: zeros behind what the
   * scale keeps are its spelling, and not, as they may be in a file, thousands.
   */
  @Nullable Int128 amount(BigDecimal number) {
    BigDecimal plain = number.stripTrailingZeros();
    if (plain.scale() > scale) {
      fault = "has " + plain.scale() + " fraction digits, the profile's scale is " + scale;
      return null;
    }
    if (plain.precision() - plain.scale() > Int128.DECIMAL_CHARS_MAX) {
      fault = "is beyond 2^127-1 minor units, the largest amount there is";
      return null;
    }
    BigInteger minor = plain.movePointRight(scale).toBigIntegerExact();
    Int128 amount = Int128.of(minor);
    return kept(amount, "is beyond 2^127-1 minor units, the largest amount there is");
  }

  /** A value of a type other than text, of characters that are not blank. */
  @Nullable Object value(ColumnType type, char[] chars, int start, int stop) {
    int from = start;
    int to = stop;
    while (from < to && chars[from] == ' ') {
      from++;
    }
    while (to > from && chars[to - 1] == ' ') {
      to--;
    }
    return switch (type) {
      case TEXT -> new String(chars, start, stop - start);
      case INTEGER -> {
        Int128 number = numbers.integer(chars, from, to);
        yield kept(number, numbers.fault());
      }
      case DATE -> date(chars, from, to);
      case TIME -> moment(chars, from, to);
      case BOOLEAN -> bool(new String(chars, from, to - from));
    };
  }

  private @Nullable LocalDate date(char[] chars, int from, int to) {
    for (int i = 0; i < patterns.size(); i++) {
      LocalDate date = patterns.get(i).date(chars, from, to);
      if (date != null) {
        return date;
      }
    }
    fault = "is no date by the patterns " + String.join(", ", spelled);
    return null;
  }

  /** A moment by the patterns that have hours, or by RFC 3339, which leaves nothing open. */
  private @Nullable Instant moment(char[] chars, int from, int to) {
    for (DatePattern pattern : patterns) {
      if (pattern.hasHours()) {
        LocalDateTime local = pattern.dateTime(chars, from, to);
        if (local != null) {
          return pattern.hasOffset()
              ? local.toInstant(pattern.offsetOf()).truncatedTo(ChronoUnit.MICROS)
              : moment(local);
        }
      }
    }
    Instant moment = Timestamps.parse(new String(chars, from, to - from));
    if (moment == null) {
      fault = "is no time by the patterns " + String.join(", ", spelled);
      return null;
    }
    return moment.truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * The moment of a local time in the profile's zone. One that the zone leaves out in spring is
   * none; of one that it has twice in autumn, the first is taken.
   */
  @Nullable Instant moment(LocalDateTime local) {
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
    if (offsets.isEmpty()) {
      fault = "is a time that the zone " + zone + " leaves out";
      return null;
    }
    return local.toInstant(offsets.get(0)).truncatedTo(ChronoUnit.MICROS);
  }

  private @Nullable Boolean bool(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (YES.contains(word)) {
      return Boolean.TRUE;
    }
    return kept(NO.contains(word) ? Boolean.FALSE : null, "is neither true nor false");
  }
}
