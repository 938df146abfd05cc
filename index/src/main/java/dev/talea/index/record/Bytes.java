// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.ledger.Int128;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Reads and writes the few compound values of the ledger's records at absolute offsets of a
 * little-endian buffer. Stateless.
 */
public final class Bytes {
  private Bytes() {}

  static int u8(ByteBuffer from, int offset) {
    return from.get(offset) & 0xFF;
  }

  static int u16(ByteBuffer from, int offset) {
    return from.getShort(offset) & 0xFFFF;
  }

  public static Int128 int128(ByteBuffer from, int offset) {
    return Int128.ofParts(from.getLong(offset + 8), from.getLong(offset));
  }

  public static void int128(ByteBuffer to, int offset, Int128 value) {
    to.putLong(offset, value.low());
    to.putLong(offset + 8, value.high());
  }

  public static RunningTotal total(ByteBuffer from, int offset) {
    return new RunningTotal(
        from.getLong(offset + 16), from.getLong(offset + 8), from.getLong(offset));
  }

  public static void total(ByteBuffer to, int offset, RunningTotal value) {
    to.putLong(offset, value.low());
    to.putLong(offset + 8, value.middle());
    to.putLong(offset + 16, value.high());
  }

  /** Ids lie in the order RFC 9562 prints them, most significant byte first. */
  public static UUID uuid(ByteBuffer from, int offset) {
    return new UUID(
        Long.reverseBytes(from.getLong(offset)), Long.reverseBytes(from.getLong(offset + 8)));
  }

  public static void uuid(ByteBuffer to, int offset, UUID id) {
    to.putLong(offset, Long.reverseBytes(id.getMostSignificantBits()));
    to.putLong(offset + 8, Long.reverseBytes(id.getLeastSignificantBits()));
  }

  static byte[] bytes(ByteBuffer from, int offset, int length) {
    byte[] copy = new byte[length];
    from.get(offset, copy);
    return copy;
  }

  static String text(ByteBuffer from, int offset, int length) {
    return new String(bytes(from, offset, length), StandardCharsets.UTF_8);
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
