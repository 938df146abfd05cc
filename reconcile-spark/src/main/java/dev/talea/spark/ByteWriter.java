// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts the bytes of a {@link Rec} together. Numbers are written so that the order of the bytes,
 * taken without a sign, is that of the numbers; each value says where it ends, so that none is the
 * beginning of another one. Used by one thread.
 */
final class ByteWriter {
  static final int NONE = 0;
  static final int TEXT = 1;
  static final int INTEGER = 2;
  static final int DAY = 3;
  static final int MICROS = 4;
  static final int FALSE = 5;
  static final int TRUE = 6;

  private byte[] bytes = new byte[96];
  private int size;

  private int room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
    int at = size;
    size += more;
    return at;
  }

  ByteWriter int8(int value) {
    bytes[room(1)] = (byte) value;
    return this;
  }

  ByteWriter int32(int value) {
    int at = room(4);
    int bits = value ^ Integer.MIN_VALUE;
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (bits >>> (24 - 8 * i));
    }
    return this;
  }

  ByteWriter int64(long value) {
    bits(value ^ Long.MIN_VALUE);
    return this;
  }

  private void bits(long value) {
    int at = room(8);
    for (int i = 0; i < 8; i++) {
      bytes[at + i] = (byte) (value >>> (56 - 8 * i));
    }
  }

  ByteWriter int128(Int128 value) {
    bits(value.high() ^ Long.MIN_VALUE);
    bits(value.low());
    return this;
  }

  ByteWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    int32(utf8.length);
    return raw(utf8, utf8.length);
  }

  ByteWriter raw(byte[] from, int length) {
    System.arraycopy(from, 0, bytes, room(length), length);
    return this;
  }

  /** A value of a row, as {@link RowCodec} has it. */
  ByteWriter value(@Nullable Object value) {
    if (value == null) {
      return int8(NONE);
    } else if (value instanceof String text) {
      return int8(TEXT).text(text);
    } else if (value instanceof Int128 number) {
      return int8(INTEGER).int128(number);
    } else if (value instanceof Integer day) {
      return int8(DAY).int32(day);
    } else if (value instanceof Long micros) {
      return int8(MICROS).int64(micros);
    }
    return int8((Boolean) value ? TRUE : FALSE);
  }

  int size() {
    return size;
  }

  /** What was written; the next bytes begin anew. */
  byte[] take() {
    byte[] taken = Arrays.copyOf(bytes, size);
    size = 0;
    return taken;
  }
}
