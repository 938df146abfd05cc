// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogDamagedException;
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
  static final int VERSION = 1;
  public static final int NAME_BYTES_MAX = 128;

  private static final long MAGIC = 0x474553_41454c4154L; // "TALEASEG" read little-endian
  private static final int NAME_AT = 96;
  private static final int FRONTIER_AT = 224;
  private static final int CRC_AT = 12;

  public byte[] encode() {
    byte[] bytes = new byte[BYTES];
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    Bytes.putLong(bytes, 0, MAGIC);
    Bytes.putInt(bytes, 8, VERSION);
    Bytes.putLong(bytes, 16, logId);
    Bytes.putLong(bytes, 24, salt);
    Bytes.putLong(bytes, 32, firstSeq);
    Bytes.putLong(bytes, 40, basePosition);
    Bytes.putLong(bytes, 48, firstBlock);
    Bytes.putLong(bytes, 56, previousBlockPosition);
    Bytes.putLong(bytes, 64, previousTime);
    Bytes.putLong(bytes, 72, created);
    Bytes.putInt(bytes, 80, utf8.length);
    Bytes.putInt(bytes, 84, frontier.length);
    Bytes.putLong(bytes, 88, firstSeq - 1);
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
    if (Bytes.getLong(bytes, 0) != MAGIC) {
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
    int version = Bytes.getInt(bytes, 8);
    if (version != VERSION) {
      throw new LogVersionException(
          "Segment "
              + file
              + " is of format version "
              + version
              + "; this program reads version "
              + VERSION
              + ". Use a newer talea.");
    }
    return checked(file, bytes);
  }

  private static SegmentHeader checked(Path file, byte[] bytes) {
    int nameLength = Bytes.getInt(bytes, 80);
    int hashes = Bytes.getInt(bytes, 84);
    long firstSeq = Bytes.getLong(bytes, 32);
    if (nameLength < 1
        || nameLength > NAME_BYTES_MAX
        || firstSeq < 1
        || hashes != Long.bitCount(firstSeq - 1)
        || Bytes.getLong(bytes, 88) != firstSeq - 1) {
      throw damaged(file, 0, "the fields of the header contradict each other");
    }
    byte[][] frontier = new byte[hashes][];
    for (int i = 0; i < hashes; i++) {
      int at = FRONTIER_AT + i * MerkleTree.HASH_BYTES;
      frontier[i] = Arrays.copyOfRange(bytes, at, at + MerkleTree.HASH_BYTES);
    }
    return new SegmentHeader(
        new String(bytes, NAME_AT, nameLength, StandardCharsets.UTF_8),
        Bytes.getLong(bytes, 16),
        Bytes.getLong(bytes, 24),
        firstSeq,
        Bytes.getLong(bytes, 40),
        Bytes.getLong(bytes, 48),
        Bytes.getLong(bytes, 56),
        Bytes.getLong(bytes, 64),
        Bytes.getLong(bytes, 72),
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
