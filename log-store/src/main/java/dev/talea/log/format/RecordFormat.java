// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.BlockBuilder;

/**
 * The 16 bytes before a payload.
 *
 * <pre>
 *      0  u32  CRC32C of salt, position and bytes 4 to the end of the payload
 *      4  u32  length of the payload
 *      8  u64  seq
 *     16       payload, zero-padded to a multiple of 8
 * </pre>
 *
 * Seq and payload lie together because they are also, together, a leaf of the hash tree.
 */
public final class RecordFormat {

  public static final int CRC_AT = 0;
  public static final int LENGTH_AT = 4;
  public static final int SEQ_AT = 8;
  public static final int HEADER_BYTES = 16;

  static {
    Layout.check(
        LENGTH_AT == CRC_AT + Integer.BYTES && SEQ_AT == LENGTH_AT + Integer.BYTES,
        "the fields of a record lie one behind the other");
    Layout.check(
        HEADER_BYTES == SEQ_AT + Long.BYTES, "seq and payload lie together, as they are hashed");
    Layout.check(
        BlockBuilder.bytesFor(0) == size(0)
            && BlockBuilder.bytesFor(1) == size(1)
            && BlockBuilder.bytesFor(Bytes.ALIGNMENT) == size(Bytes.ALIGNMENT),
        "the room that handlers reckon with is the room that a record takes");
  }

  private RecordFormat() {}

  /** From the first byte of a record to the first byte of the next. */
  public static long size(int payloadLength) {
    return Bytes.align(HEADER_BYTES + (long) payloadLength);
  }
}
