// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogSettings;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The 128 bytes before the records of a group commit.
 *
 * <pre>
 *      0  u32  magic "TBLK"                48  u64  position of the block before, 0 if none
 *      4  u32  CRC32C of salt, position    56  u64  position of the block it jumps to, 0 if none
 *              and bytes 8 to 127          64  u64  size of the tree: first seq - 1
 *      8  u32  length of the body          72  32   root of the tree over all earlier records
 *     12  u32  CRC32C of the body         104  24   zeros
 *     16  u32  number of records
 *     20  u32  flags; bit 0: close mark
 *     24  u64  first seq
 *     32  i64  commit time, µs since the epoch
 *     40  u64  block number, from 1
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and the array never changes
public record BlockHeader(
    long position,
    int bodyLength,
    int bodyCrc,
    int count,
    int flags,
    long firstSeq,
    long time,
    long number,
    long previous,
    long jump,
    long treeSize,
    byte[] treeRoot) {

  public static final int BYTES = 128;
  public static final int BODY_BYTES_MAX = 1 << 29;

  /** A block without records, written by a clean close: proves that the block before was synced. */
  public static final int CLOSE_MARK = 1;

  private static final int MAGIC = 0x4b4c4254; // "TBLK" read little-endian
  private static final int MAGIC_AT = 0;
  private static final int CRC_AT = MAGIC_AT + Integer.BYTES;
  private static final int CRC_FROM = CRC_AT + Integer.BYTES;
  private static final int BODY_LENGTH_AT = CRC_FROM;
  private static final int BODY_CRC_AT = BODY_LENGTH_AT + Integer.BYTES;
  private static final int COUNT_AT = BODY_CRC_AT + Integer.BYTES;
  private static final int FLAGS_AT = COUNT_AT + Integer.BYTES;
  private static final int FIRST_SEQ_AT = FLAGS_AT + Integer.BYTES;
  private static final int TIME_AT = FIRST_SEQ_AT + Long.BYTES;
  private static final int NUMBER_AT = TIME_AT + Long.BYTES;
  private static final int PREVIOUS_AT = NUMBER_AT + Long.BYTES;
  private static final int JUMP_AT = PREVIOUS_AT + Long.BYTES;
  private static final int TREE_SIZE_AT = JUMP_AT + Long.BYTES;
  private static final int ROOT_AT = TREE_SIZE_AT + Long.BYTES;
  private static final int RESERVED_AT = ROOT_AT + MerkleTree.HASH_BYTES;

  static {
    Layout.check(RESERVED_AT == 104 && RESERVED_AT <= BYTES, "the fields of a block end at 104");
    Layout.check(BYTES % Bytes.ALIGNMENT == 0, "a body is aligned because its header is");
    Layout.check(
        RecordFormat.size(LogSettings.RECORD_BYTES_LIMIT) <= BODY_BYTES_MAX,
        "the longest record fits the longest body");
    Layout.check(
        BYTES + (long) BODY_BYTES_MAX + SegmentHeader.BYTES <= Integer.MAX_VALUE,
        "a segment of the longest block can be mapped");
  }

  public byte[] encode(long salt) {
    byte[] bytes = new byte[BYTES];
    Bytes.putInt(bytes, MAGIC_AT, MAGIC);
    Bytes.putInt(bytes, BODY_LENGTH_AT, bodyLength);
    Bytes.putInt(bytes, BODY_CRC_AT, bodyCrc);
    Bytes.putInt(bytes, COUNT_AT, count);
    Bytes.putInt(bytes, FLAGS_AT, flags);
    Bytes.putLong(bytes, FIRST_SEQ_AT, firstSeq);
    Bytes.putLong(bytes, TIME_AT, time);
    Bytes.putLong(bytes, NUMBER_AT, number);
    Bytes.putLong(bytes, PREVIOUS_AT, previous);
    Bytes.putLong(bytes, JUMP_AT, jump);
    Bytes.putLong(bytes, TREE_SIZE_AT, treeSize);
    System.arraycopy(treeRoot, 0, bytes, ROOT_AT, MerkleTree.HASH_BYTES);
    Bytes.putInt(bytes, CRC_AT, crc(bytes, 0, salt, position));
    return bytes;
  }

  /** Whether four bytes can be the beginning of a block: the cheap test before {@link #decode}. */
  public static boolean hasMagic(byte[] bytes, int at) {
    return Bytes.getInt(bytes, at + MAGIC_AT) == MAGIC;
  }

  /** The checksum stored in encoded bytes. */
  static int storedCrc(byte[] bytes) {
    return Bytes.getInt(bytes, CRC_AT);
  }

  /** The header at this place, or null if these bytes are not one that was written there. */
  public static @Nullable BlockHeader decode(byte[] bytes, int at, long salt, long position) {
    if (!hasMagic(bytes, at)
        || Bytes.getInt(bytes, at + CRC_AT) != crc(bytes, at, salt, position)) {
      return null;
    }
    BlockHeader header =
        new BlockHeader(
            position,
            Bytes.getInt(bytes, at + BODY_LENGTH_AT),
            Bytes.getInt(bytes, at + BODY_CRC_AT),
            Bytes.getInt(bytes, at + COUNT_AT),
            Bytes.getInt(bytes, at + FLAGS_AT),
            Bytes.getLong(bytes, at + FIRST_SEQ_AT),
            Bytes.getLong(bytes, at + TIME_AT),
            Bytes.getLong(bytes, at + NUMBER_AT),
            Bytes.getLong(bytes, at + PREVIOUS_AT),
            Bytes.getLong(bytes, at + JUMP_AT),
            Bytes.getLong(bytes, at + TREE_SIZE_AT),
            Arrays.copyOfRange(bytes, at + ROOT_AT, at + RESERVED_AT));
    boolean sane =
        header.bodyLength >= 0
            && header.bodyLength <= BODY_BYTES_MAX
            && header.bodyLength % Bytes.ALIGNMENT == 0
            && header.count >= 0
            && Bytes.allZero(bytes, at + RESERVED_AT, at + BYTES);
    return sane ? header : null;
  }

  /** Header and body. */
  public long length() {
    return BYTES + (long) bodyLength;
  }

  public long endPosition() {
    return position + length();
  }

  public long lastSeq() {
    return firstSeq + count - 1;
  }

  public boolean isCloseMark() {
    return (flags & CLOSE_MARK) != 0;
  }

  private static int crc(byte[] bytes, int at, long salt, long position) {
    return Crc.placed(salt, position, bytes, at + CRC_FROM, BYTES - CRC_FROM);
  }
}
