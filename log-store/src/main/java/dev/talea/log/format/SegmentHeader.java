// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogDamagedException;
import dev.talea.log.LogSettings;
import dev.talea.log.LogVersionException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The first 4096 bytes of a segment: what it is, and everything needed to go on from its start
 * without looking at earlier segments.
 *
 * <pre>
 *      0  u64  magic "TALEASEG"            72  i64  created, µs since the epoch
 *      8  u32  format version              80  u32  length of the name in bytes
 *     12  u32  CRC32C of all the rest      84  u32  number of hashes in the frontier
 *     16  u64  log id                      88  u64  size of the tree: first seq - 1
 *     24  u64  salt                        96  128  name, UTF-8, zero-padded
 *     32  u64  first seq                  224  63 x 32  frontier, largest subtree first
 *     40  u64  base position             2240  zeros
 *     48  u64  number of the first block
 *     56  u64  position of the block before, 0 if none
 *     64  i64  commit time of the block before
 * </pre>
 *
 * The existence of a segment's header seals the segment before it: the base position says where
 * that one ends.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and the array never changes
public record SegmentHeader(
    String name,
    long logId,
    long salt,
    long firstSeq,
    long basePosition,
    long firstBlock,
    long previousBlockPosition,
    long previousTime,
    long created,
    byte[][] frontier) {

  public static final int BYTES = 4096;
  static final int VERSION = 2;
  public static final int NAME_BYTES_MAX = 128;

  private static final long MAGIC = 0x474553_41454c4154L; // "TALEASEG" read little-endian
  private static final int MAGIC_AT = 0;
  private static final int VERSION_AT = MAGIC_AT + Long.BYTES;
  private static final int CRC_AT = VERSION_AT + Integer.BYTES;

  /** Where messages say that a log id is wrong. */
  public static final int LOG_ID_AT = CRC_AT + Integer.BYTES;

  private static final int SALT_AT = LOG_ID_AT + Long.BYTES;

  /** Where messages say that a first seq is wrong. */
  public static final int FIRST_SEQ_AT = SALT_AT + Long.BYTES;

  /** Where messages say that a segment does not follow on the one before. */
  public static final int BASE_POSITION_AT = FIRST_SEQ_AT + Long.BYTES;

  private static final int FIRST_BLOCK_AT = BASE_POSITION_AT + Long.BYTES;
  private static final int PREVIOUS_BLOCK_AT = FIRST_BLOCK_AT + Long.BYTES;
  private static final int PREVIOUS_TIME_AT = PREVIOUS_BLOCK_AT + Long.BYTES;
  private static final int CREATED_AT = PREVIOUS_TIME_AT + Long.BYTES;
  private static final int NAME_LENGTH_AT = CREATED_AT + Long.BYTES;
  private static final int HASHES_AT = NAME_LENGTH_AT + Integer.BYTES;
  private static final int TREE_SIZE_AT = HASHES_AT + Integer.BYTES;

  /** Where messages say that a name is wrong. */
  public static final int NAME_AT = TREE_SIZE_AT + Long.BYTES;

  private static final int FRONTIER_AT = NAME_AT + NAME_BYTES_MAX;
  private static final int RESERVED_AT =
      FRONTIER_AT + MerkleTree.FRONTIER_MAX * MerkleTree.HASH_BYTES;

  static {
    Layout.check(
        RESERVED_AT == 2240 && RESERVED_AT <= BYTES, "the fields of a segment end at 2240");
    Layout.check(BYTES % Bytes.ALIGNMENT == 0, "the first block is aligned");
    Layout.check(
        LogSettings.SPACE_STEP_LEAST >= BYTES, "the first step of space holds the whole header");
    Layout.check(
        LogSettings.SEGMENT_BYTES_LEAST > BYTES + BlockHeader.BYTES,
        "the shortest segment has room for a block");
  }

  public byte[] encode() {
    byte[] bytes = new byte[BYTES];
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    Bytes.putLong(bytes, MAGIC_AT, MAGIC);
    Bytes.putInt(bytes, VERSION_AT, VERSION);
    Bytes.putLong(bytes, LOG_ID_AT, logId);
    Bytes.putLong(bytes, SALT_AT, salt);
    Bytes.putLong(bytes, FIRST_SEQ_AT, firstSeq);
    Bytes.putLong(bytes, BASE_POSITION_AT, basePosition);
    Bytes.putLong(bytes, FIRST_BLOCK_AT, firstBlock);
    Bytes.putLong(bytes, PREVIOUS_BLOCK_AT, previousBlockPosition);
    Bytes.putLong(bytes, PREVIOUS_TIME_AT, previousTime);
    Bytes.putLong(bytes, CREATED_AT, created);
    Bytes.putInt(bytes, NAME_LENGTH_AT, utf8.length);
    Bytes.putInt(bytes, HASHES_AT, frontier.length);
    Bytes.putLong(bytes, TREE_SIZE_AT, firstSeq - 1);
    System.arraycopy(utf8, 0, bytes, NAME_AT, utf8.length);
    for (int i = 0; i < frontier.length; i++) {
      System.arraycopy(
          frontier[i], 0, bytes, FRONTIER_AT + i * MerkleTree.HASH_BYTES, MerkleTree.HASH_BYTES);
    }
    Bytes.putInt(bytes, CRC_AT, crc(bytes));
    return bytes;
  }

  /** Reads and checks a header. */
  public static SegmentHeader decode(Path file, byte[] bytes, int length) {
    if (length < BYTES) {
      throw damaged(file, 0, "it has " + length + " bytes, less than a segment header of " + BYTES);
    }
    if (Bytes.getLong(bytes, MAGIC_AT) != MAGIC) {
      throw damaged(file, 0, "it does not begin with the magic number of a segment");
    }
    int stored = Bytes.getInt(bytes, CRC_AT);
    int computed = crc(bytes);
    if (stored != computed) {
      throw damaged(
          file,
          0,
          "stored CRC " + Crc.hex(stored) + " of the header, computed " + Crc.hex(computed));
    }
    int version = Bytes.getInt(bytes, VERSION_AT);
    if (version != VERSION) {
      throw new LogVersionException(
          "Segment "
              + file
              + " is of format version "
              + version
              + "; this program reads version "
              + VERSION
              + (version < VERSION
                  ? ". Versions before it were never released."
                  : ". Use a newer talea."));
    }
    return checked(file, bytes);
  }

  private static SegmentHeader checked(Path file, byte[] bytes) {
    int nameLength = Bytes.getInt(bytes, NAME_LENGTH_AT);
    int hashes = Bytes.getInt(bytes, HASHES_AT);
    long firstSeq = Bytes.getLong(bytes, FIRST_SEQ_AT);
    if (nameLength < 1
        || nameLength > NAME_BYTES_MAX
        || firstSeq < 1
        || hashes != Long.bitCount(firstSeq - 1)
        || Bytes.getLong(bytes, TREE_SIZE_AT) != firstSeq - 1) {
      throw damaged(file, 0, "the fields of the header contradict each other");
    }
    byte[][] frontier = new byte[hashes][];
    for (int i = 0; i < hashes; i++) {
      int at = FRONTIER_AT + i * MerkleTree.HASH_BYTES;
      frontier[i] = Arrays.copyOfRange(bytes, at, at + MerkleTree.HASH_BYTES);
    }
    return new SegmentHeader(
        new String(bytes, NAME_AT, nameLength, StandardCharsets.UTF_8),
        Bytes.getLong(bytes, LOG_ID_AT),
        Bytes.getLong(bytes, SALT_AT),
        firstSeq,
        Bytes.getLong(bytes, BASE_POSITION_AT),
        Bytes.getLong(bytes, FIRST_BLOCK_AT),
        Bytes.getLong(bytes, PREVIOUS_BLOCK_AT),
        Bytes.getLong(bytes, PREVIOUS_TIME_AT),
        Bytes.getLong(bytes, CREATED_AT),
        frontier);
  }

  private static int crc(byte[] bytes) {
    byte[] without = Arrays.copyOf(bytes, BYTES);
    Bytes.putInt(without, CRC_AT, 0);
    return Crc.plain(without, 0, BYTES);
  }

  private static LogDamagedException damaged(Path file, long offset, String what) {
    return new LogDamagedException(
        file,
        offset,
        "Segment "
            + file
            + " is damaged at byte "
            + offset
            + ": "
            + what
            + ". The log stays closed and nothing was changed; restore the file from a copy.",
        null);
  }
}
