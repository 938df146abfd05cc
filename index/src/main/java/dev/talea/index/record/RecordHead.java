// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static dev.talea.index.record.RecordLayout.*;

import java.nio.ByteBuffer;

/** Writes what every record begins with. {@link LedgerRecord} reads it. Stateless. */
public final class RecordHead {
  private RecordHead() {}

  public static void put(ByteBuffer to, int type, int flags, long at) {
    to.put(TYPE_U8, (byte) type);
    to.put(VERSION_U8, (byte) VERSION);
    to.putShort(FLAGS_U16, (short) flags);
    to.putLong(AT_I64, at);
  }
}
