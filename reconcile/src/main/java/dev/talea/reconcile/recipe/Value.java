// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.ledger.Int128;
import dev.talea.ledger.Timestamps;
import dev.talea.reconcile.row.ColumnType;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A constant of a recipe, or what a run gave for a parameter.
 *
 * @param value of the class that the type names
 */
public record Value(ColumnType type, Object value) {
  /**
   * Reads what a person typed.
   *
   * @return null if it is no value of the type
   */
  public static @Nullable Value parse(ColumnType type, String text) {
    Object value =
        switch (type) {
          case TEXT -> text;
          case INTEGER -> Int128.parse(text);
          case DATE -> date(text);
          case TIME -> moment(text);
          case BOOLEAN -> text.equals("true") ? Boolean.TRUE : text.equals("false") ? false : null;
        };
    return value == null ? null : new Value(type, value);
  }

  /** What {@link #parse} reads, in words. */
  public static String expected(ColumnType type) {
    return switch (type) {
      case TEXT -> "a text";
      case INTEGER -> "a whole number such as 1500, at most 2^127-1";
      case DATE -> "a date such as 2026-01-31";
      case TIME -> "a moment such as 2026-01-31T23:59:59.250Z, at most six decimals";
      case BOOLEAN -> "true or false";
    };
  }

  /** As {@link #parse} reads it. */
  public String text() {
    return value instanceof Instant moment ? Timestamps.format(moment) : value.toString();
  }

  private static @Nullable LocalDate date(String text) {
    if (!text.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}")) {
      return null;
    }
    try {
      return LocalDate.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static @Nullable Instant moment(String text) {
    Instant moment = Timestamps.parse(text);
    return moment == null || !moment.truncatedTo(ChronoUnit.MICROS).equals(moment) ? null : moment;
  }
}
