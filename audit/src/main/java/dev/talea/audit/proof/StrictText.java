// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What all text formats of this package have in common, read so that a text has one spelling and a
 * spelling one text: UTF-8, no control character but the line feed, decimals without leading zeros,
 * base64 with padding and without stray bits. Two spellings of a proof would be two files that are
 * both right, of which a signature covers one.
 *
 * <p>Stateless.
 */
final class StrictText {
  /** How much of a wrong text an error shows. */
  private static final int SHOWN_MAX = 60;

  private StrictText() {}

  /** Decodes what must be text, of limited size. */
  static String decoded(String what, byte[] bytes, int bytesMax) {
    if (bytes.length > bytesMax) {
      throw new MalformedException(
          "%s has %d bytes, more than the %d that are read"
              .formatted(what, bytes.length, bytesMax));
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(what + " is not UTF-8 text");
    }
    requireNoControls(what, text);
    return text;
  }

  static void requireNoControls(String what, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\n') {
        throw new MalformedException(
            "%s holds the control character U+%04X at character %d".formatted(what, (int) c, i));
      }
    }
  }

  /** A whole number of at most 63 bits. */
  static long decimal(String what, String text) {
    if (text.matches("0|[1-9][0-9]{0,18}")) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        // Nineteen digits, above 2^63: said below.
      }
    }
    throw new MalformedException(
        "%s is %s instead of a decimal below 2^63 without leading zeros"
            .formatted(what, quoted(text)));
  }

  static byte[] base64(String what, String text) {
    byte[] bytes = null;
    try {
      bytes = Base64.getDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    // The decoder does without padding, and overlooks bits that belong to no byte.
    if (bytes == null || !encoded(bytes).equals(text)) {
      throw new MalformedException(
          what + " is not standard base64 with its padding: " + quoted(text));
    }
    return bytes;
  }

  static String encoded(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static Hash hash(String what, String text) {
    byte[] bytes = base64(what, text);
    if (bytes.length != Hash.BYTES) {
      throw new MalformedException(
          "%s has %d bytes, and a SHA-256 has 32: %s".formatted(what, bytes.length, quoted(text)));
    }
    return Hash.owning(bytes);
  }

  /** The text for an error, cut where it is long. */
  static String quoted(String text) {
    return text.length() <= SHOWN_MAX
        ? "'" + text + "'"
        : "'" + text.substring(0, SHOWN_MAX) + "...' (" + text.length() + " characters)";
  }
}
