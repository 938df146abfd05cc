// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

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

  private RecordFormat() {}

  /** From the first byte of a record to the first byte of the next. */
  public static long size(int payloadLength) {
    return Bytes.align8(HEADER_BYTES + (long) payloadLength);
  }
}
