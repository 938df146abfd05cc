// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Says by its first bytes that something is not the JSON text it is meant to be: compressed,
 * UTF-16, an array where lines are expected. Apart from the readers, because one sentence about the
 * whole is worth more than a complaint about each line of it.
 *
 * <p>Stateless; any thread.
 */
public final class JsonHead {
  /** Enough for every signature, and for the first line of what was meant to be lines. */
  public static final int BYTES = 4096;

  private JsonHead() {}

  /** Bytes of the byte order mark at the beginning, which is to be skipped; 0 if there is none. */
  public static int markBytes(byte[] head) {
    return startsWith(head, 0xEF, 0xBB, 0xBF) ? 3 : 0;
  }

  /**
   * What is wrong with the whole, in words that follow its name; null if it may be right.
   *
   * @param head the first {@link #BYTES}, or the first line if that ends before, or all
   * @param lines whether it is meant to be a JSON object a line, and not one value
   */
  public static @Nullable String fault(byte[] head, boolean lines) {
    String packed = packing(head);
    if (packed != null) {
      return "is compressed (" + packed + "), expected JSON text; unpack it first";
    }
    if (startsWith(head, 0xFF, 0xFE) || startsWith(head, 0xFE, 0xFF) || hasNul(head)) {
      return "is not UTF-8 text, but UTF-16 or binary; 'iconv -f UTF-16 -t UTF-8' turns the former"
          + " into what is expected";
    }
    if (lines) {
      String first = firstLine(head);
      if (first.startsWith("[")) {
        return "is a JSON array, expected a JSON object a line; 'jq -c .[]' makes one of the other";
      }
      if (first.equals("{")) {
        return "holds JSON that is laid out over several lines, expected an object a line;"
            + " 'jq -c .' makes one of the other";
      }
    }
    return null;
  }

  private static @Nullable String packing(byte[] head) {
    if (startsWith(head, 0x1F, 0x8B)) {
      return "gzip";
    }
    if (startsWith(head, 0x28, 0xB5, 0x2F, 0xFD)) {
      return "zstd";
    }
    if (startsWith(head, 0xFD, '7', 'z', 'X', 'Z', 0)) {
      return "xz";
    }
    if (startsWith(head, 'B', 'Z', 'h')) {
      return "bzip2";
    }
    return startsWith(head, 'P', 'K', 3, 4) ? "zip" : null;
  }

  private static boolean startsWith(byte[] head, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (i >= head.length || head[i] != (byte) bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** In the first four characters of UTF-16 there is one, as far as JSON goes; in UTF-8 never. */
  private static boolean hasNul(byte[] head) {
    for (int i = 0; i < Math.min(head.length, 4); i++) {
      if (head[i] == 0) {
        return true;
      }
    }
    return false;
  }

  private static String firstLine(byte[] head) {
    String text = new String(head, StandardCharsets.UTF_8);
    return (text.startsWith("\uFEFF") ? text.substring(1) : text)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElse("");
  }
}
