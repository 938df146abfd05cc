// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes percent-encoded text strictly: every {@code %} is followed by two hexadecimal digits and
 * the bytes are well-formed UTF-8. Stateless.
 *
 * <p>Strict, because a lenient decoder maps several spellings, broken ones included, to one name,
 * and two programs that disagree on the name disagree on the account.
 */
final class PercentDecoder {
  private PercentDecoder() {}

  /**
   * @param raw one path segment, or one name or value of a query
   * @param plusIsSpace as in queries; in paths a plus is a plus
   * @throws MalformedTargetException if the text cannot be decoded
   */
  static String decode(String raw, boolean plusIsSpace) {
    if (isPlain(raw, plusIsSpace)) {
      return raw;
    }
    byte[] bytes = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = digitAt(raw, i + 1);
        int low = digitAt(raw, i + 2);
        if (high < 0 || low < 0) {
          throw new MalformedTargetException(
              "Broken percent-encoding at character " + i + ": '%' needs two hexadecimal digits");
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else if (c >= 0x80) {
        throw new MalformedTargetException("Character " + i + " is not ASCII; percent-encode it");
      } else {
        bytes[length++] = (byte) (c == '+' && plusIsSpace ? ' ' : c);
      }
    }
    return utf8(bytes, length);
  }

  private static boolean isPlain(String raw, boolean plusIsSpace) {
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%' || c >= 0x80 || (c == '+' && plusIsSpace)) {
        return false;
      }
    }
    return true;
  }

  /** Character.digit would take digits of other scripts too. */
  private static int digitAt(String raw, int index) {
    if (index >= raw.length() || raw.charAt(index) >= 0x80) {
      return -1;
    }
    return Character.digit(raw.charAt(index), 16);
  }

  private static String utf8(byte[] bytes, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedTargetException("The percent-encoded bytes are not well-formed UTF-8");
    }
  }
}
