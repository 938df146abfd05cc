// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.BlockBuilder;

/**
 * The 24 bytes before a payload.
 *
 * <pre>
 *      0  u32  CRC32C of salt, position and bytes 4 to the end of the payload
 *      4  u32  length of the payload
 *      8  u64  seq
 *     16  u32  length of the proven part: so many of the payload's first bytes
 *     20  u32  zero
 *     24       payload, zero-padded to a multiple of 8
 * </pre>
 *
 * The proven part is what the hash tree is over; behind it lies the local part, which only says
 * where things lie in this log, so that the same records have the same tree in another.
 */
public final class RecordFormat {

  public static final int CRC_AT = 0;
  public static final int LENGTH_AT = 4;
  public static final int SEQ_AT = 8;
  public static final int PROVEN_LENGTH_AT = 16;
  public static final int ZERO_AT = 20;
  public static final int HEADER_BYTES = 24;

  static {
    Layout.check(
        LENGTH_AT == CRC_AT + Integer.BYTES
            && SEQ_AT == LENGTH_AT + Integer.BYTES
            && PROVEN_LENGTH_AT == SEQ_AT + Long.BYTES
            && ZERO_AT == PROVEN_LENGTH_AT + Integer.BYTES
            && HEADER_BYTES == ZERO_AT + Integer.BYTES,
        "the fields of a record lie one behind the other");
    Layout.check(
        BlockBuilder.bytesFor(0) == size(0)
            && BlockBuilder.bytesFor(1) == size(1)
            && BlockBuilder.bytesFor(Bytes.ALIGNMENT) == size(Bytes.ALIGNMENT),
        "the room that handlers reckon with is the room that a record takes");
  }

  private RecordFormat() {}

  /** Whether the header of a record, whose CRC is right, says what is possible. */
  public static boolean possible(byte[] bytes, int start) {
    int proven = Bytes.getInt(bytes, start + PROVEN_LENGTH_AT);
    return proven >= 0
        && proven <= Bytes.getInt(bytes, start + LENGTH_AT)
        && Bytes.getInt(bytes, start + ZERO_AT) == 0;
  }

  /** From the first byte of a record to the first byte of the next. */
  public static long size(int payloadLength) {
    return Bytes.align(HEADER_BYTES + (long) payloadLength);
  }
}
