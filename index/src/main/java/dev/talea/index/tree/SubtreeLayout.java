// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.tree;

import dev.talea.log.LogReader;
import dev.talea.log.TreeHash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * What lies where in the file of a book's subtrees, shared by the one who writes and the one who
 * reads.
 *
 * <pre>
 * header, 32 bytes    0 u64 "TALEASUB"   8 u32 version   12 u32 CRC32C of the header, it as zero
 *                    16 u64 log id      24 u64 zero
 * entries, 36 bytes   0 hash, 32 bytes                   32 u32 CRC32C, see below
 * </pre>
 *
 * <p>A subtree of level 1 is the root over 256 records, one of level 2 over 256 of those, as tiles
 * have them (C2SP tlog-tiles). Entries stand in the order in which they are complete: every 256th
 * entry of a level is followed by the one above it. So the file only grows at its end, and where an
 * entry stands follows from its level and its index. Leaves are not in it: 256 of them are hashed
 * again sooner than a file of 32 bytes a record is kept.
 *
 * <p>The checksum of an entry is over log id, number of the entry and hash. It tells entries that
 * were never written, or torn, from others; that a hash belongs to the log as it stands is proven
 * by the head of the log alone.
 */
final class SubtreeLayout {
  static final String FILE = "subtrees.bin";
  static final int HEADER_BYTES = 32;
  static final int ENTRY_BYTES = TreeHash.BYTES + Integer.BYTES;

  /** 256^8 records are more than a seq can count, so no subtree of level 8 is ever complete. */
  static final int LEVELS = 7;

  /** How many subtrees of a level make one of the next. */
  static final int WIDTH = LogReader.SUBTREE_RECORDS;

  static final int HEIGHT = Integer.numberOfTrailingZeros(WIDTH);

  private static final long MAGIC = 0x425553_41454c4154L; // "TALEASUB" read little-endian
  private static final int VERSION = 1;
  private static final int MAGIC_AT = 0;
  private static final int VERSION_AT = 8;
  private static final int CRC_AT = 12;
  private static final int LOG_ID_AT = 16;

  private SubtreeLayout() {}

  static Path path(Path folder) {
    return folder.resolve(FILE);
  }

  /** How many entries there are when so many subtrees of level 1 are complete. */
  static long entries(long subtrees) {
    long entries = 0;
    for (int level = 0; level < LEVELS; level++) {
      entries += subtrees >>> (HEIGHT * level);
    }
    return entries;
  }

  /** The number of the entry of a subtree, from 0. */
  static long number(int level, long index) {
    long lastBelow = ((index + 1) << (HEIGHT * (level - 1))) - 1;
    return entries(lastBelow) + level - 1;
  }

  static long position(long entry) {
    return HEADER_BYTES + entry * ENTRY_BYTES;
  }

  /** How many subtrees of level 1 a file of this length holds with all that belongs to them. */
  static long subtrees(long fileLength) {
    long entries = Math.max(0, fileLength - HEADER_BYTES) / ENTRY_BYTES;
    long low = 0;
    long high = entries;
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (entries(middle) <= entries) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  static ByteBuffer header(long logId) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC_AT, MAGIC).putInt(VERSION_AT, VERSION).putLong(LOG_ID_AT, logId);
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate());
    return header.putInt(CRC_AT, (int) crc.getValue());
  }

  static void put(ByteBuffer to, long logId, long entry, byte[] hash) {
    to.put(hash).putInt(crc(logId, entry, hash));
  }

  static int crc(long logId, long entry, byte[] hash) {
    ByteBuffer place = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    place.putLong(logId).putLong(entry).flip();
    CRC32C crc = new CRC32C();
    crc.update(place);
    crc.update(hash);
    return (int) crc.getValue();
  }
}
