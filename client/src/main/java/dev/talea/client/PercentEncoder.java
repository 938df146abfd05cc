// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a name as one segment of a path, or as the value of a query parameter, so that it comes
 * out the other end as it was: {@code a/b} stays one segment, {@code ..} goes nowhere.
 *
 * <p>Stateless; any thread.
 */
final class PercentEncoder {
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private PercentEncoder() {}

  /**
   * The name with everything encoded that is not a letter, a digit or one of {@code - _ ~ : .}.
   *
   * @return null if it holds half of a surrogate pair, so that there are no bytes that stand for it
   */
  static @Nullable String encode(String name) {
    ByteBuffer bytes;
    try {
      bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
    } catch (CharacterCodingException e) {
      return null;
    }
    // Proxies take "." and ".." out of a path; encoded dots are the most that can be done.
    boolean dotsOnly = name.equals(".") || name.equals("..");
    StringBuilder text = new StringBuilder(bytes.remaining() + 16);
    while (bytes.hasRemaining()) {
      byte b = bytes.get();
      if (isPlain(b) && !(b == '.' && dotsOnly)) {
        text.append((char) b);
      } else {
        text.append('%').append(HEX[(b >> 4) & 15]).append(HEX[b & 15]);
      }
    }
    return text.toString();
  }

  private static boolean isPlain(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '_'
        || b == '~'
        || b == ':'
        || b == '.';
  }
}
