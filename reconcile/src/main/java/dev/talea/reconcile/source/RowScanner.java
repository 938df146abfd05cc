// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the characters of a delimited file into rows of fields, in one pass: a row is what lies
 * between two line breaks that are in no quotes, wherever a buffer happens to end. Separate from
 * {@link DelimitedSource}, which knows what the fields mean.
 *
 * <p>One thread.
 */
final class RowScanner {
  private static final int BUFFER_CHARS = 32 * 1024;
  private static final int TABLE = 128;

  private final CharFeed feed;
  private final char delimiter;
  private final int quote;
  private final SourceLimits limits;

  /** Characters that end the plain part of a field, below {@link #TABLE}. */
  private final boolean[] special = new boolean[TABLE];

  private final char[] buffer = new char[BUFFER_CHARS];
  private int at;
  private int end;

  /** Characters of the row's fields, one behind the other. */
  private char[] chars = new char[1024];

  private int length;

  /** Where in {@link #chars} each field ends. */
  private int[] ends = new int[64];

  private int fields;
  private long line = 1;
  private long rowLine;
  private @Nullable String fault;

  /**
   * @param quote null when there are no quotes
   */
  RowScanner(CharFeed feed, char delimiter, @Nullable Character quote, SourceLimits limits) {
    this.feed = feed;
    this.delimiter = delimiter;
    this.quote = quote == null ? -1 : quote;
    this.limits = limits;
    special['\n'] = true;
    special['\r'] = true;
    special[0] = true;
    if (delimiter < TABLE) {
      special[delimiter] = true;
    }
  }

  /** Passes over whole lines, whatever is in them. */
  void skipLines(int count) throws IOException {
    int left = count;
    while (left > 0) {
      int c = next();
      if (c < 0) {
        return;
      }
      if (c == '\n' || c == '\r') {
        lineBreak(c);
        left--;
      }
    }
  }

  /** Steps to the next row; empty lines are none. False at the end. */
  boolean nextRow() throws IOException {
    int c = next();
    while (c == '\n' || c == '\r') {
      lineBreak(c);
      c = next();
    }
    if (c < 0) {
      return false;
    }
    at--;
    length = 0;
    fields = 0;
    fault = null;
    rowLine = line;
    boolean more = true;
    while (more) {
      more = field();
    }
    return true;
  }

  /** Reads a field and what ends it; false if that ends the row. */
  private boolean field() throws IOException {
    int c = next();
    if (c == quote && c >= 0) {
      c = quoted();
      if (c >= 0 && c != delimiter && c != '\n' && c != '\r') {
        fault("text stands behind the quote that ends field " + (fields + 1));
        c = plain(c);
      }
    } else {
      c = plain(c);
    }
    if (fields == limits.columnsMax()) {
      throw new IOException(
          "the row at line "
              + rowLine
              + " has more than "
              + limits.columnsMax()
              + " fields, which is the limit; is the delimiter right?");
    }
    if (fields == ends.length) {
      ends = Arrays.copyOf(ends, 2 * fields);
    }
    ends[fields++] = length;
    if (c == delimiter) {
      return true;
    }
    if (c >= 0) {
      lineBreak(c);
    }
    return false;
  }

  /** The rest of a field without quotes, from this character on; what ended it. */
  private int plain(int first) throws IOException {
    int c = first;
    while (c >= 0 && c != delimiter && c != '\n' && c != '\r') {
      put((char) c);
      int from = at;
      int to = from;
      while (to < end) {
        char each = buffer[to];
        if (each < TABLE ? special[each] : each == delimiter || each == CharFeed.NONE) {
          break;
        }
        to++;
      }
      copy(from, to);
      at = to;
      c = next();
    }
    return c;
  }

  /** What is within quotes; the character behind the closing one. */
  private int quoted() throws IOException {
    long opened = line;
    while (true) {
      int from = at;
      int to = from;
      while (to < end) {
        char each = buffer[to];
        if (each == quote || each == '\n' || each == '\r' || each == 0 || each == CharFeed.NONE) {
          break;
        }
        to++;
      }
      copy(from, to);
      at = to;
      int c = next();
      if (c < 0) {
        fault("the quote opened in line " + opened + " is not closed before the end of the file");
        return c;
      }
      if (c == quote) {
        c = next();
        if (c != quote) {
          return c;
        }
        put((char) c);
      } else if (c == '\n' || c == '\r') {
        put((char) c);
        if (lineBreak(c)) {
          put('\n');
        }
      } else {
        put((char) c);
      }
    }
  }

  /** Counts a line break; true if a line feed was taken with a carriage return. */
  private boolean lineBreak(int c) throws IOException {
    line++;
    if (c == '\r') {
      int following = next();
      if (following == '\n') {
        return true;
      }
      if (following >= 0) {
        at--;
      }
    }
    return false;
  }

  private void put(char c) throws IOException {
    if (c == CharFeed.NONE) {
      fault("bytes in field " + (fields + 1) + " are no text in the encoding of the profile");
    } else if (c == 0) {
      fault("field " + (fields + 1) + " holds the character U+0000, which is no text");
    }
    room(1);
    chars[length++] = c;
  }

  private void copy(int from, int to) throws IOException {
    int count = to - from;
    if (count > 0) {
      room(count);
      System.arraycopy(buffer, from, chars, length, count);
      length += count;
    }
  }

  private void room(int count) throws IOException {
    if (length + count > limits.rowCharsMax()) {
      throw new IOException(
          "the row at line "
              + rowLine
              + " is longer than "
              + limits.rowCharsMax()
              + " characters, which is the limit; is a quote open, or is this no text?");
    }
    if (length + count > chars.length) {
      chars = Arrays.copyOf(chars, Math.max(length + count, 2 * chars.length));
    }
  }

  private void fault(String text) {
    if (fault == null) {
      fault = text;
    }
  }

  /** The next character, or -1; one step back is always possible after it. */
  private int next() throws IOException {
    if (at == end) {
      int count = feed.read(buffer);
      if (count < 0) {
        return -1;
      }
      at = 0;
      end = count;
    }
    return buffer[at++];
  }

  // ---- the row at hand

  /** Line of the file in which the row begins. */
  long line() {
    return rowLine;
  }

  /** What is wrong with the row as a whole, or null. */
  @Nullable String fault() {
    return fault;
  }

  int fields() {
    return fields;
  }

  char[] chars() {
    return chars;
  }

  int start(int field) {
    return field == 0 ? 0 : ends[field - 1];
  }

  int end(int field) {
    return ends[field];
  }

  String text(int field) {
    return new String(chars, start(field), ends[field] - start(field));
  }

  /** The row as one text, for those who look for it. */
  String rowText(int charsMax) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < fields && text.length() < charsMax; i++) {
      if (i > 0) {
        text.append(delimiter);
      }
      text.append(chars, start(i), ends[i] - start(i));
    }
    return text.substring(0, Math.min(charsMax, text.length()));
  }

  /** A copy of the row at hand, for those that may turn out to be the last. */
  Kept keep() {
    return new Kept(
        Arrays.copyOf(chars, length), Arrays.copyOf(ends, fields), fields, rowLine, fault);
  }

  /** Makes a kept row the one at hand. */
  void restore(Kept kept) {
    if (chars.length < kept.chars.length) {
      chars = new char[kept.chars.length];
    }
    System.arraycopy(kept.chars, 0, chars, 0, kept.chars.length);
    System.arraycopy(kept.ends, 0, ends, 0, kept.ends.length);
    length = kept.chars.length;
    fields = kept.fields;
    rowLine = kept.line;
    fault = kept.fault;
  }

  /** A row that has been put aside. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Kept(char[] chars, int[] ends, int fields, long line, @Nullable String fault) {}
}
