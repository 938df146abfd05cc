// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * Which days of commit times an export is of, as people in one place count days.
 *
 * @param from the first day; null for the beginning
 * @param to the day after the last, so that periods in a row share no day; null for the end
 * @param zone whose days
 */
public record DateRange(@Nullable LocalDate from, @Nullable LocalDate to, ZoneId zone) {
  /** Refuses a range without a day. */
  public DateRange {
    if (from != null && to != null && !from.isBefore(to)) {
      throw new ExportException(
          "There is no day from " + from + " to " + to + ": the latter is the day after the last.");
    }
  }

  /** The day of a moment. */
  LocalDate dayOf(Instant moment) {
    return moment.atZone(zone).toLocalDate();
  }

  boolean isBefore(LocalDate day) {
    return from != null && day.isBefore(from);
  }

  boolean isBehind(LocalDate day) {
    return to != null && !day.isBefore(to);
  }

  /** In words, behind a comma; empty if it is everything. */
  String words() {
    return (from == null ? "" : ", from " + from)
        + (to == null ? "" : ", before " + to)
        + (from == null && to == null ? "" : " (" + zone + ")");
  }
}
