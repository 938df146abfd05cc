// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads days and moments by one pattern, from characters where they lie. Separate from {@code
 * DateTimeFormatter}, which takes about ten times as long for each, and for which the letters of a
 * year have a second meaning.
 *
 * <p>Letters: {@code yyyy}; {@code yy}, which is 1980 to 2079; {@code MM}, {@code dd}, {@code HH},
 * {@code mm}, {@code ss} with two digits; {@code M}, {@code d}, {@code H} with one or two; {@code
 * MMM}, an English month of three letters; {@code S}, one to nine digits of a fraction; {@code X},
 * an offset such as {@code Z} or {@code +02:00}. Letters in single quotes and all other characters
 * stand for themselves.
 *
 * <p>One thread: it remembers the last day, which in statements is mostly the next one too.
 */
final class DatePattern {
  private static final String LETTERS = "yMdHmsSX";
  private static final String MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
  private static final int PIVOT = 80;
  private static final int CACHED_CHARS = 32;

  /** What is read at one place: letters of one kind, or one character that stands for itself. */
  private record Step(char letter, int count, char itself) {}

  private final List<Step> steps;
  private final boolean hours;
  private final boolean offset;

  private final char[] lastChars = new char[CACHED_CHARS];
  private int lastLength = -1;
  private @Nullable LocalDate last;

  // What has been read so far of the text at hand.
  private int at;
  private int year;
  private int month;
  private int day;
  private int hour;
  private int minute;
  private int second;
  private int nano;
  private int offsetSeconds;

  DatePattern(String pattern) {
    String fault = fault(pattern);
    if (fault != null) {
      throw new IllegalArgumentException("pattern " + fault);
    }
    steps = steps(pattern);
    hours = has(steps, 'H');
    offset = has(steps, 'X');
  }

  /** What is wrong with a pattern, in words that follow its name, or null. */
  static @Nullable String fault(String pattern) {
    List<Step> steps = steps(pattern);
    for (char needed : new char[] {'y', 'M', 'd'}) {
      if (!has(steps, needed)) {
        return "is \"" + pattern + "\", in which there is no " + needed;
      }
    }
    String seen = "";
    for (Step step : steps) {
      char letter = step.letter();
      if (letter == 0) {
        continue;
      }
      boolean fits =
          switch (letter) {
            case 'y' -> step.count() == 2 || step.count() == 4;
            case 'M' -> step.count() <= 3;
            case 'd', 'H' -> step.count() <= 2;
            case 'm', 's' -> step.count() == 2;
            case 'S', 'X' -> true;
            default -> false;
          };
      if (!fits || seen.indexOf(letter) >= 0) {
        return "is \""
            + pattern
            + "\", expected each of yyyy or yy, MM, M or MMM, dd or d, HH or H, mm, ss, S, X at"
            + " most once, and other letters in single quotes";
      }
      seen += letter;
    }
    return null;
  }

  /** Whether two patterns can read one text as two days, as MM/dd and dd/MM do. */
  static boolean confuse(String one, String other) {
    return !one.equals(other)
        && one.replaceAll("[Md]+", "#").equals(other.replaceAll("[Md]+", "#"))
        && !one.contains("MMM")
        && !other.contains("MMM");
  }

  /** Whether day and month have changed places: {@code d} for {@code dd} is no other reading. */
  static boolean isTurned(String one, String other) {
    return one.indexOf('d') < one.indexOf('M') != other.indexOf('d') < other.indexOf('M');
  }

  private static List<Step> steps(String pattern) {
    List<Step> steps = new ArrayList<>();
    boolean quoted = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\'') {
        quoted = !quoted;
      } else if (quoted || !Character.isLetter(c)) {
        steps.add(new Step((char) 0, 1, c));
      } else {
        int count = 1;
        while (i + 1 < pattern.length() && pattern.charAt(i + 1) == c) {
          i++;
          count++;
        }
        steps.add(new Step(LETTERS.indexOf(c) < 0 ? '?' : c, count, c));
      }
    }
    return steps;
  }

  private static boolean has(List<Step> steps, char letter) {
    return steps.stream().anyMatch(step -> step.letter() == letter);
  }

  /** Whether it reads hours, so that it makes moments. */
  boolean hasHours() {
    return hours;
  }

  /** Whether it reads an offset, so that no zone is needed. */
  boolean hasOffset() {
    return offset;
  }

  /** The day, or null if the characters are none by this pattern. */
  @Nullable LocalDate date(char[] chars, int from, int to) {
    int length = to - from;
    if (length == lastLength && same(chars, from, length)) {
      return last;
    }
    LocalDate date = parse(chars, from, to) ? LocalDate.of(year, month, day) : null;
    if (length <= CACHED_CHARS) {
      System.arraycopy(chars, from, lastChars, 0, length);
      lastLength = length;
      last = date;
    }
    return date;
  }

  private boolean same(char[] chars, int from, int length) {
    for (int i = length - 1; i >= 0; i--) {
      if (chars[from + i] != lastChars[i]) {
        return false;
      }
    }
    return true;
  }

  /** The moment without its zone, or null; {@link #offsetOf} says the offset that was read. */
  @Nullable LocalDateTime dateTime(char[] chars, int from, int to) {
    return parse(chars, from, to)
        ? LocalDateTime.of(year, month, day, hour, minute, second, nano)
        : null;
  }

  /** The offset that the last {@link #dateTime} has read. */
  ZoneOffset offsetOf() {
    return ZoneOffset.ofTotalSeconds(offsetSeconds);
  }

  private boolean parse(char[] chars, int from, int to) {
    at = from;
    hour = 0;
    minute = 0;
    second = 0;
    nano = 0;
    for (Step step : steps) {
      if (!step(step, chars, to)) {
        return false;
      }
    }
    return at == to
        && year >= 1
        && month >= 1
        && month <= 12
        && day >= 1
        && (day <= 28 || day <= LocalDate.of(year, month, 1).lengthOfMonth())
        && hour <= 23
        && minute <= 59
        && second <= 59;
  }

  private boolean step(Step step, char[] chars, int to) {
    switch (step.letter()) {
      case 0 -> {
        return at < to && chars[at++] == step.itself();
      }
      case 'M' -> {
        month = step.count() == 3 ? monthName(chars, to) : number(chars, to, step.count());
        return month >= 0;
      }
      case 'S' -> {
        return fraction(chars, to);
      }
      case 'X' -> {
        return offset(chars, to);
      }
      default -> {
        int value = number(chars, to, step.count());
        switch (step.letter()) {
          case 'y' ->
              year =
                  step.count() == 4 || value < 0
                      ? value
                      : value < PIVOT ? 2000 + value : 1900 + value;
          case 'd' -> day = value;
          case 'H' -> hour = value;
          case 'm' -> minute = value;
          default -> second = value;
        }
        return value >= 0;
      }
    }
  }

  /** A number of so many digits; one or two when the letter stands once. -1 if there is none. */
  private int number(char[] chars, int to, int count) {
    int least = count;
    int most = count == 1 ? 2 : count;
    int value = 0;
    int digits = 0;
    while (digits < most && at < to && chars[at] >= '0' && chars[at] <= '9') {
      value = value * 10 + chars[at++] - '0';
      digits++;
    }
    return digits < least ? -1 : value;
  }

  private int monthName(char[] chars, int to) {
    if (to - at < 3) {
      return -1;
    }
    String name = new String(chars, at, 3).toLowerCase(Locale.ROOT);
    int place = MONTHS.indexOf(name);
    at += 3;
    return place >= 0 && place % 3 == 0 ? place / 3 + 1 : -1;
  }

  private boolean fraction(char[] chars, int to) {
    int digits = 0;
    while (digits < 9 && at < to && chars[at] >= '0' && chars[at] <= '9') {
      nano = nano * 10 + chars[at++] - '0';
      digits++;
    }
    for (int i = digits; i < 9; i++) {
      nano *= 10;
    }
    return digits > 0;
  }

  private boolean offset(char[] chars, int to) {
    if (at < to && (chars[at] == 'Z' || chars[at] == 'z')) {
      at++;
      offsetSeconds = 0;
      return true;
    }
    if (at >= to || (chars[at] != '+' && chars[at] != '-')) {
      return false;
    }
    int sign = chars[at++] == '-' ? -1 : 1;
    int ofHours = number(chars, to, 2);
    if (at < to && chars[at] == ':') {
      at++;
    }
    int ofMinutes = at < to ? number(chars, to, 2) : 0;
    offsetSeconds = sign * (ofHours * 3_600 + ofMinutes * 60);
    return ofHours >= 0 && ofHours <= 17 && ofMinutes >= 0 && ofMinutes <= 59;
  }
}
