// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ByteWriter} wrote. Used by one thread. */
final class ByteReader {
  private final byte[] bytes;
  private int at;

  ByteReader(byte[] bytes) {
    this(bytes, 0);
  }

  ByteReader(byte[] bytes, int from) {
    this.bytes = bytes;
    at = from;
  }

  int at() {
    return at;
  }

  int int8() {
    return bytes[at++];
  }

  int int32() {
    int bits = 0;
    for (int i = 0; i < 4; i++) {
      bits = bits << 8 | (bytes[at++] & 0xFF);
    }
    return bits ^ Integer.MIN_VALUE;
  }

  long int64() {
    return bits() ^ Long.MIN_VALUE;
  }

  private long bits() {
    long bits = 0;
    for (int i = 0; i < 8; i++) {
      bits = bits << 8 | (bytes[at++] & 0xFF);
    }
    return bits;
  }

  Int128 int128() {
    long high = bits() ^ Long.MIN_VALUE;
    return Int128.ofParts(high, bits());
  }

  String text() {
    int length = int32();
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }

  @Nullable Object value() {
    int tag = int8();
    return switch (tag) {
      case ByteWriter.NONE -> null;
      case ByteWriter.TEXT -> text();
      case ByteWriter.INTEGER -> int128();
      case ByteWriter.DAY -> int32();
      case ByteWriter.MICROS -> int64();
      case ByteWriter.FALSE -> false;
      case ByteWriter.TRUE -> true;
      default -> throw new IllegalStateException("no value begins with " + tag);
    };
  }

  void skipValue() {
    int tag = int8();
    // Before the place is moved: a length moves it too.
    int more =
        switch (tag) {
          case ByteWriter.TEXT -> int32();
          case ByteWriter.INTEGER -> 16;
          case ByteWriter.DAY -> 4;
          case ByteWriter.MICROS -> 8;
          default -> 0;
        };
    at += more;
  }
}
