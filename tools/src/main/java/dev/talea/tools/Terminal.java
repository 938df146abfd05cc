// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

/**
 * Makes text from elsewhere harmless for a terminal. Names of accounts, assets and files may hold
 * any character, and a terminal obeys some: they move the cursor, hide or reorder what is printed,
 * or answer as if typed. Those are shown as {@code \}{@code u} and four digits, as JSON spells
 * them.
 *
 * <p>Stateless.
 */
final class Terminal {
  private Terminal() {}

  /** The same text with everything spelled out that a terminal does not simply show. */
  static String safe(String text) {
    return safe(text, false);
  }

  /** As {@link #safe}, for text that was laid out by us: its line ends and tabs stay. */
  static String safeLines(String text) {
    return safe(text, true);
  }

  private static String safe(String text, boolean layout) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int width = Character.charCount(c);
      boolean shown = !isActive(c) || (layout && (c == '\n' || c == '\t'));
      if (!shown && out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (out != null) {
        if (shown) {
          out.appendCodePoint(c);
        } else {
          for (int k = i; k < i + width; k++) {
            out.append(String.format("\\u%04x", (int) text.charAt(k)));
          }
        }
      }
      i += width;
    }
    return out == null ? text : out.toString();
  }

  /**
   * Control characters (C0, DEL, C1), the invisible ones of Unicode's class Cf (direction, width
   * zero, joiners, tags, byte order mark), line and paragraph separators, and halves of characters.
   * An emoji that is joined of several is taken apart by that, which is the lesser evil: two names
   * that look the same must not be two accounts.
   */
  private static boolean isActive(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.FORMAT,
          Character.SURROGATE ->
          true;
      // Fillers that take no room and are letters by their class.
      default -> c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0;
    };
  }
}
