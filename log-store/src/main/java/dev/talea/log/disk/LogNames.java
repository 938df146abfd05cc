// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.format.Layout;
import dev.talea.log.format.SegmentHeader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Turns names of logs into names of folders and back. Stateless.
 *
 * <p>Letters a-z, digits, {@code _} and {@code -} stand for themselves; every other byte of the
 * UTF-8 form becomes {@code %} and two lower-case hex digits. A name that would get longer than 200
 * characters that way is written as {@code =} and the base32hex form (RFC 4648, lower-case, without
 * padding) of its bytes, at most 206 characters for 128 bytes. No folder name contains a dot, a
 * slash or an upper-case letter, so none leaves its parent and none collides with another where
 * case does not count.
 */
final class LogNames {

  static final Comparator<String> BY_BYTES =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private static final int PERCENT_FORM_MAX = 200;
  private static final String HEX = "0123456789abcdef";
  private static final String BASE32 = "0123456789abcdefghijklmnopqrstuv";

  /** Of file systems. */
  private static final int FILE_NAME_BYTES_MAX = 255;

  static {
    int base32 = 1 + (SegmentHeader.NAME_BYTES_MAX * Byte.SIZE + 4) / 5;
    Layout.check(
        Math.max(PERCENT_FORM_MAX, base32) <= FILE_NAME_BYTES_MAX,
        "every name of a log has a form that is a file name");
  }

  private LogNames() {}

  /** The folder of a log. */
  static String folder(String name) {
    byte[] utf8 = utf8(name);
    StringBuilder out = new StringBuilder();
    for (byte b : utf8) {
      char c = (char) (b & 0xff);
      if (isLiteral(c)) {
        out.append(c);
      } else {
        out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      }
    }
    return out.length() <= PERCENT_FORM_MAX ? out.toString() : "=" + base32(utf8);
  }

  /** The name of the log that this folder belongs to, or null if it is not the folder of any. */
  static @Nullable String name(String folder) {
    byte[] utf8 = folder.startsWith("=") ? fromBase32(folder) : fromPercent(folder);
    if (utf8 == null || utf8.length == 0 || utf8.length > SegmentHeader.NAME_BYTES_MAX) {
      return null;
    }
    String name;
    try {
      name = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
    return folder(name).equals(folder) ? name : null;
  }

  private static byte[] utf8(String name) {
    ByteBuffer encoded;
    try {
      encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the name of a log must be Unicode without gaps", e);
    }
    int length = encoded.remaining();
    if (length < 1 || length > SegmentHeader.NAME_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the name of a log must have 1 to "
              + SegmentHeader.NAME_BYTES_MAX
              + " bytes of UTF-8, not "
              + length);
    }
    byte[] bytes = new byte[length];
    encoded.get(bytes);
    return bytes;
  }

  private static boolean isLiteral(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }

  private static byte @Nullable [] fromPercent(String folder) {
    byte[] out = new byte[folder.length()];
    int length = 0;
    for (int i = 0; i < folder.length(); i++) {
      char c = folder.charAt(i);
      if (isLiteral(c)) {
        out[length++] = (byte) c;
      } else if (c == '%' && i + 2 < folder.length()) {
        int high = HEX.indexOf(folder.charAt(i + 1));
        int low = HEX.indexOf(folder.charAt(i + 2));
        if (high < 0 || low < 0) {
          return null;
        }
        out[length++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        return null;
      }
    }
    return Arrays.copyOf(out, length);
  }

  private static String base32(byte[] bytes) {
    StringBuilder out = new StringBuilder();
    int bits = 0;
    int buffer = 0;
    for (byte b : bytes) {
      buffer = buffer << 8 | (b & 0xff);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out.append(BASE32.charAt(buffer >> bits & 31));
      }
      buffer &= (1 << bits) - 1;
    }
    if (bits > 0) {
      out.append(BASE32.charAt(buffer << (5 - bits) & 31));
    }
    return out.toString();
  }

  private static byte @Nullable [] fromBase32(String folder) {
    byte[] out = new byte[(folder.length() - 1) * 5 / 8];
    int length = 0;
    int bits = 0;
    int buffer = 0;
    for (int i = 1; i < folder.length(); i++) {
      int digit = BASE32.indexOf(folder.charAt(i));
      if (digit < 0) {
        return null;
      }
      buffer = buffer << 5 | digit;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        out[length++] = (byte) (buffer >> bits);
        buffer &= (1 << bits) - 1;
      }
    }
    return out;
  }
}
