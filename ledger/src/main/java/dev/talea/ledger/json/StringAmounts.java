// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns the amounts of an answer into strings, for readers whose numbers are shorter than amounts
 * (JavaScript, jq, spreadsheets). Apart from the classes that write answers because few ask for it:
 * those who do not pay nothing, and no answer has to be written in two ways.
 *
 * <p>Works on bytes that are an answer or an event, in one pass: a number behind one of the {@link
 * #NAMES} gets quotes, everything else is copied. The value of {@code metadata} is the caller's
 * own, may hold any name, and stays as it was spelled.
 *
 * <p>Stateless; any thread.
 */
public final class StringAmounts {
  /** The fields that hold minor units, wherever they stand outside of metadata. */
  private static final byte[][] NAMES =
      names(
          "minor",
          "debit",
          "debits",
          "credit",
          "credits",
          "amount",
          "balance",
          "opening",
          "closing",
          "total",
          "min_balance",
          "would_be");

  private static final byte[] METADATA = "metadata".getBytes(StandardCharsets.US_ASCII);

  private final byte[] json;
  private int at;
  private byte[] made;
  private int size;

  private StringAmounts(byte[] json) {
    this.json = json;
    // Answers full of amounts, histories, grow by about a hundredth.
    this.made = new byte[json.length + json.length / 32 + 16];
  }

  /**
   * The same JSON with amounts as strings.
   *
   * @param json an answer or event as {@link BalanceJson} or {@link EventJson} writes it:
   *     well-formed, no white space outside of metadata
   */
  public static byte[] of(byte[] json) {
    StringAmounts copy = new StringAmounts(json);
    copy.all();
    return Arrays.copyOf(copy.made, copy.size);
  }

  private static byte[][] names(String... names) {
    return Arrays.stream(names)
        .map(name -> name.getBytes(StandardCharsets.US_ASCII))
        .toArray(byte[][]::new);
  }

  private void all() {
    int copied = 0;
    while (at < json.length) {
      if (json[at] != '"') {
        at++;
        continue;
      }
      int start = at + 1;
      int end = endOfString(at);
      at = end;
      if (end >= json.length || json[end] != ':') {
        continue; // a text, not a name
      }
      at++;
      if (isName(METADATA, start, end - 1)) {
        skipValue();
      } else if (isNumber(at) && isAmount(start, end - 1)) {
        add(copied, at);
        add('"');
        copied = at;
        while (isNumber(at)) {
          at++;
        }
        add(copied, at);
        add('"');
        copied = at;
      }
    }
    add(copied, json.length);
  }

  private boolean isNumber(int index) {
    return index < json.length
        && (json[index] == '-' || (json[index] >= '0' && json[index] <= '9'));
  }

  private boolean isAmount(int start, int end) {
    for (byte[] name : NAMES) {
      if (isName(name, start, end)) {
        return true;
      }
    }
    return false;
  }

  private boolean isName(byte[] name, int start, int end) {
    return name.length == end - start && Arrays.equals(name, 0, name.length, json, start, end);
  }

  /** The place behind the string that begins with the quote at {@code index}. */
  private int endOfString(int index) {
    int i = index + 1;
    while (i < json.length && json[i] != '"') {
      i += json[i] == '\\' ? 2 : 1;
    }
    return Math.min(i + 1, json.length);
  }

  /** Passes over a value: to the end of what it opens, or to what ends it within its object. */
  private void skipValue() {
    int depth = 0;
    while (at < json.length) {
      byte b = json[at];
      if (b == '"') {
        at = endOfString(at);
        continue;
      }
      if (b == '{' || b == '[') {
        depth++;
      } else if (depth == 0 && (b == ',' || b == '}')) {
        return;
      } else if (b == '}' || b == ']') {
        depth--;
      }
      at++;
    }
  }

  private void add(int from, int to) {
    int length = to - from;
    room(length);
    System.arraycopy(json, from, made, size, length);
    size += length;
  }

  private void add(char ascii) {
    room(1);
    made[size++] = (byte) ascii;
  }

  private void room(int length) {
    if (made.length - size < length) {
      made = Arrays.copyOf(made, Math.max(size + length, made.length + made.length / 4));
    }
  }
}
