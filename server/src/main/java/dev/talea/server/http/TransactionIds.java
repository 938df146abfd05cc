// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads transaction ids in any of the spellings a UUID has: with hyphens or without, in any case,
 * in braces, as a URN. Strict otherwise, unlike {@link UUID#fromString}, which takes {@code
 * 1-1-1-1-1}. Stateless.
 */
final class TransactionIds {
  private TransactionIds() {}

  /** The id, or null if the text is no UUID. */
  static @Nullable UUID parse(String text) {
    String inner = text;
    if (text.regionMatches(true, 0, "urn:uuid:", 0, 9)) {
      inner = text.substring(9);
    } else if (text.startsWith("{") && text.endsWith("}") && text.length() == 38) {
      inner = text.substring(1, 37);
    }
    if (inner.length() == 36) {
      for (int at : new int[] {23, 18, 13, 8}) {
        if (inner.charAt(at) != '-') {
          return null;
        }
      }
      inner = inner.replace("-", "");
    }
    if (inner.length() != 32 || !inner.chars().allMatch(TransactionIds::isHexDigit)) {
      return null;
    }
    return new UUID(
        Long.parseUnsignedLong(inner, 0, 16, 16), Long.parseUnsignedLong(inner, 16, 32, 16));
  }

  private static boolean isHexDigit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
}
