// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Says whether bytes are UTF-8 as RFC 3629 defines it: no overlong form, no encoded surrogate,
 * nothing above U+10FFFF. Separate because the JSON parser is lenient about the first two, and what
 * two parsers read differently is a way to say one thing to each.
 *
 * <p>Stateless; any thread.
 */
final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /** The bit that no ASCII character has, in each of eight bytes. */
  private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

  private Utf8() {}

  /**
   * Index of the first byte that does not belong to a well-formed sequence (the lead byte if a
   * sequence is cut short or has a bad tail), or -1.
   */
  static int firstFault(byte[] bytes, int from, int length) {
    int end = from + length;
    int at = from;
    while (at < end) {
      int lead = bytes[at];
      if (lead >= 0) {
        at = pastAscii(bytes, at + 1, end);
        continue;
      }
      int size = sequenceLength(bytes, at, end);
      if (size == 0) {
        return at;
      }
      at += size;
    }
    return -1;
  }

  /** Skips ASCII, nearly all there ever is, eight bytes at a time; may stop short of its end. */
  private static int pastAscii(byte[] bytes, int from, int end) {
    int at = from;
    while (end - at >= Long.BYTES && ((long) LONGS.get(bytes, at) & NOT_ASCII) == 0) {
      at += Long.BYTES;
    }
    return at;
  }

  /** Bytes of the well-formed multi-byte sequence at {@code at}; 0 if there is none. */
  private static int sequenceLength(byte[] bytes, int at, int end) {
    int lead = bytes[at] & 0xff;
    int size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + size > end) {
      return 0;
    }
    for (int i = at + 1; i < at + size; i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int second = bytes[at + 1] & 0xff;
    boolean fits =
        switch (lead) {
          case 0xe0 -> second >= 0xa0; // below: overlong
          case 0xed -> second < 0xa0; // above: surrogates
          case 0xf0 -> second >= 0x90; // below: overlong
          case 0xf4 -> second < 0x90; // above: beyond U+10FFFF
          default -> true;
        };
    return fits ? size : 0;
  }
}
