package dev.talea.index;

import static dev.talea.index.RecordLayout.*;

import java.nio.ByteBuffer;

/** Writes what every record begins with. {@link LedgerRecord} reads it. Stateless. */
final class RecordHead {
  private RecordHead() {}

  static void put(ByteBuffer to, int type, int flags, long at) {
    to.put(TYPE_U8, (byte) type);
    to.put(VERSION_U8, (byte) VERSION);
    to.putShort(FLAGS_U16, (short) flags);
    to.putLong(AT_I64, at);
  }
}
