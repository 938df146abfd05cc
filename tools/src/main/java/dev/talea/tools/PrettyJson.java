// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

/**
 * Lays compact JSON out for people: two spaces a level, a line per member. Works on the text, so
 * every number and string stays spelled as it is.
 *
 * <p>Stateless.
 */
final class PrettyJson {
  private PrettyJson() {}

  /**
   * The same value on several lines, without a line end after it.
   *
   * @param compact valid JSON without white space between its tokens
   */
  static String of(String compact) {
    StringBuilder out = new StringBuilder(compact.length() * 2);
    int level = 0;
    for (int i = 0; i < compact.length(); i++) {
      char c = compact.charAt(i);
      switch (c) {
        case '"' -> {
          int end = JsonScan.endOfString(compact, i);
          out.append(compact, i, end);
          i = end - 1;
        }
        case '{', '[' -> {
          char closing = c == '{' ? '}' : ']';
          out.append(c);
          if (compact.charAt(i + 1) == closing) {
            out.append(closing);
            i++;
          } else {
            newLine(out, ++level);
          }
        }
        case '}', ']' -> {
          newLine(out, --level);
          out.append(c);
        }
        case ',' -> {
          out.append(c);
          newLine(out, level);
        }
        case ':' -> out.append(": ");
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  private static void newLine(StringBuilder out, int level) {
    out.append('\n').append("  ".repeat(level));
  }
}
