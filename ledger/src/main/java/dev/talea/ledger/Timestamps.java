// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Moments as text, RFC 3339: read with any offset, written in UTC with {@code Z} and 0, 3, 6 or 9
 * fraction digits, the shortest that is exact. One place, so that a body, a query and a command
 * line agree on what a moment looks like.
 *
 * <p>Stateless; any thread.
 */
public final class Timestamps {
  /** 0000-01-01T00:00:00Z, the first second that RFC 3339 can spell. */
  private static final long FIRST_SECOND = LocalDate.of(0, 1, 1).toEpochDay() * 86_400;

  /** 9999-12-31T23:59:59Z, the last one. */
  private static final long LAST_SECOND = LocalDate.of(10_000, 1, 1).toEpochDay() * 86_400 - 1;

  /** Length of {@code 2026-01-31T23:59:59}. */
  private static final int SECONDS_CHARS = 19;

  private static final int FRACTION_DIGITS_MAX = 9;

  private Timestamps() {}

  /** Whether {@link #format} can spell the moment: its year in UTC is 0 to 9999. */
  public static boolean isInRange(Instant moment) {
    return moment.getEpochSecond() >= FIRST_SECOND && moment.getEpochSecond() <= LAST_SECOND;
  }

  /**
   * The moment in UTC, for example {@code 2026-01-31T23:59:59.250Z}.
   *
   * @throws DateTimeException if its year is not 0 to 9999
   */
  public static String format(Instant moment) {
    if (!isInRange(moment)) {
      throw new DateTimeException("year is not 0 to 9999, which RFC 3339 cannot spell: " + moment);
    }
    long second = moment.getEpochSecond();
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(second, 86_400));
    int ofDay = Math.floorMod(second, 86_400);
    char[] text = new char[SECONDS_CHARS + 1 + FRACTION_DIGITS_MAX + 1];
    digits(text, 0, 4, date.getYear());
    text[4] = '-';
    digits(text, 5, 2, date.getMonthValue());
    text[7] = '-';
    digits(text, 8, 2, date.getDayOfMonth());
    text[10] = 'T';
    digits(text, 11, 2, ofDay / 3_600);
    text[13] = ':';
    digits(text, 14, 2, ofDay / 60 % 60);
    text[16] = ':';
    digits(text, 17, 2, ofDay % 60);
    int length = SECONDS_CHARS;
    int nano = moment.getNano();
    if (nano != 0) {
      int count = nano % 1_000_000 == 0 ? 3 : nano % 1_000 == 0 ? 6 : 9;
      text[length] = '.';
      digits(
          text,
          length + 1,
          count,
          count == 3 ? nano / 1_000_000 : count == 6 ? nano / 1_000 : nano);
      length += 1 + count;
    }
    text[length] = 'Z';
    return new String(text, 0, length + 1);
  }

  /**
   * Reads an RFC 3339 timestamp with {@code Z} or a numeric offset. Of its fraction digits the
   * first nine count, as there is nothing below a nanosecond here.
   *
   * @return null if the text is anything else, a leap second included, or if its year in UTC is not
   *     0 to 9999
   */
  public static @Nullable Instant parse(String text) {
    int length = text.length();
    if (length <= SECONDS_CHARS
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || (text.charAt(10) != 'T' && text.charAt(10) != 't')
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return null;
    }
    int year = number(text, 0, 4);
    int month = number(text, 5, 2);
    int day = number(text, 8, 2);
    int hour = number(text, 11, 2);
    int minute = number(text, 14, 2);
    int second = number(text, 17, 2);
    boolean calendar = year >= 0 && month >= 1 && month <= 12 && day >= 1;
    if (!calendar || !timeOfDay(hour, minute) || second < 0 || second > 59) {
      return null;
    }
    if (day > LocalDate.of(year, month, 1).lengthOfMonth()) {
      return null;
    }
    int at = SECONDS_CHARS;
    int nano = 0;
    if (text.charAt(at) == '.') {
      int start = ++at;
      while (at < length && isDigit(text.charAt(at))) {
        at++;
      }
      int count = Math.min(at - start, FRACTION_DIGITS_MAX);
      if (count == 0) {
        return null;
      }
      nano = number(text, start, count);
      for (int i = count; i < FRACTION_DIGITS_MAX; i++) {
        nano *= 10;
      }
    }
    Integer offset = offsetSeconds(text, at);
    if (offset == null) {
      return null;
    }
    long local =
        LocalDate.of(year, month, day).atTime(hour, minute, second).toEpochSecond(ZoneOffset.UTC);
    Instant moment = Instant.ofEpochSecond(local - offset, nano);
    return isInRange(moment) ? moment : null;
  }

  /** Reads {@code Z}, {@code +02:00} or {@code -02:00} up to the end of the text. */
  private static @Nullable Integer offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 1) {
      return text.charAt(at) == 'Z' || text.charAt(at) == 'z' ? 0 : null;
    }
    if (left != 6 || text.charAt(at + 3) != ':') {
      return null;
    }
    char sign = text.charAt(at);
    int hours = number(text, at + 1, 2);
    int minutes = number(text, at + 4, 2);
    if ((sign != '+' && sign != '-') || !timeOfDay(hours, minutes)) {
      return null;
    }
    int seconds = hours * 3_600 + minutes * 60;
    return sign == '+' ? seconds : -seconds;
  }

  private static boolean timeOfDay(int hour, int minute) {
    return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The number these digits spell, or -1 if one of them is no digit. At most 9. */
  private static int number(String text, int from, int count) {
    int value = 0;
    for (int i = from; i < from + count; i++) {
      if (!isDigit(text.charAt(i))) {
        return -1;
      }
      value = value * 10 + (text.charAt(i) - '0');
    }
    return value;
  }

  private static void digits(char[] text, int from, int count, int value) {
    int left = value;
    for (int i = from + count - 1; i >= from; i--) {
      text[i] = (char) ('0' + left % 10);
      left /= 10;
    }
  }
}
