// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Values of rows as this engine has them, and as they lie in the files of a run: texts, whole
 * numbers of 128 bits, days and microseconds since 1970, and truths. Pure functions.
 */
final class RowCodec {
  private static final int NONE = 0;
  private static final int TEXT = 1;
  private static final int SHORT = 2;
  private static final int LONG = 3;
  private static final int DAY = 4;
  private static final int MICROS = 5;
  private static final int FALSE = 6;
  private static final int TRUE = 7;

  private RowCodec() {}

  /** A value of a source as this engine has it. */
  static Object plain(Object value) {
    if (value instanceof LocalDate day) {
      return Math.toIntExact(day.toEpochDay());
    }
    return value instanceof Instant moment ? Micros.floor(moment) : value;
  }

  static void write(DataOutputStream out, @Nullable Object value) throws IOException {
    if (value == null) {
      out.writeByte(NONE);
    } else if (value instanceof String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      out.writeByte(TEXT);
      out.writeInt(utf8.length);
      out.write(utf8);
    } else if (value instanceof Int128 number) {
      out.writeByte(number.fitsLong() ? SHORT : LONG);
      if (!number.fitsLong()) {
        out.writeLong(number.high());
      }
      out.writeLong(number.low());
    } else if (value instanceof Integer day) {
      out.writeByte(DAY);
      out.writeInt(day);
    } else if (value instanceof Long micros) {
      out.writeByte(MICROS);
      out.writeLong(micros);
    } else {
      out.writeByte((Boolean) value ? TRUE : FALSE);
    }
  }

  static @Nullable Object read(DataInputStream in) throws IOException {
    int tag = in.readUnsignedByte();
    return switch (tag) {
      case NONE -> null;
      case TEXT -> {
        byte[] utf8 = new byte[in.readInt()];
        in.readFully(utf8);
        yield new String(utf8, StandardCharsets.UTF_8);
      }
      case SHORT -> Int128.of(in.readLong());
      case LONG -> Int128.ofParts(in.readLong(), in.readLong());
      case DAY -> in.readInt();
      case MICROS -> in.readLong();
      case FALSE -> false;
      case TRUE -> true;
      default -> throw new IOException("a file of rows has a value that begins with " + tag);
    };
  }
}
