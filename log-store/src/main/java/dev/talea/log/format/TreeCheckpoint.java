// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hash tree as it was at a clean close, in a small file beside the segments, so that opening
 * need not hash every record of the last segment again. Derived: without it opening takes longer
 * and comes to the same.
 *
 * <pre>
 *      0  u64  magic "TALEATRE"            24  u64  position of the close mark
 *      8  u32  format version              32  u64  size of the tree
 *     12  u32  number of hashes            40  32 each  frontier, largest subtree first
 *     16  u64  log id                          u32  CRC32C of all before it, u32 zero
 * </pre>
 *
 * That it is right is proven by the header of the close mark, which carries the root: only the
 * right frontier hashes to it. So the file may be torn, old, or of another log, and is written
 * without a sync. The checksum is for the opposite case: one that is whole, of this log, and larger
 * than the log itself is the proof that the log has lost its end.
 */
public record TreeCheckpoint(long logId, long closeMark, MerkleTree tree) {

  public static final String FILE = "tree.bin";
  public static final String TEMPORARY = FILE + ".tmp";

  private static final long MAGIC = 0x4552_5441454c4154L; // "TALEATRE" read little-endian
  private static final int VERSION = 2;
  private static final int MAGIC_AT = 0;
  private static final int VERSION_AT = MAGIC_AT + Long.BYTES;
  private static final int HASHES_AT = VERSION_AT + Integer.BYTES;
  private static final int LOG_ID_AT = HASHES_AT + Integer.BYTES;
  private static final int CLOSE_MARK_AT = LOG_ID_AT + Long.BYTES;
  private static final int TREE_SIZE_AT = CLOSE_MARK_AT + Long.BYTES;
  private static final int FRONTIER_AT = TREE_SIZE_AT + Long.BYTES;
  private static final int CRC_BYTES = 8;
  private static final int BYTES_MAX =
      FRONTIER_AT + MerkleTree.FRONTIER_MAX * MerkleTree.HASH_BYTES + CRC_BYTES;

  static {
    Layout.check(FRONTIER_AT == 40, "the frontier begins at 40");
    Layout.check(
        CRC_BYTES == Long.BYTES, "the checksum is read as a long whose upper half is zero");
  }

  /**
   * Reads the one in a folder, if it is any good.
   *
   * @param files what is in the folder
   */
  public static @Nullable TreeCheckpoint read(
      Disk disk, Path folder, List<String> files, long logId) {
    if (!files.contains(FILE)) {
      return null;
    }
    ByteBuffer content = ByteBuffer.allocate(BYTES_MAX);
    try (DiskFile file = disk.openForReading(folder.resolve(FILE))) {
      file.read(content, 0);
    } catch (IOException e) {
      return null;
    }
    byte[] bytes = content.array();
    int hashes = Bytes.getInt(bytes, HASHES_AT);
    long size = Bytes.getLong(bytes, TREE_SIZE_AT);
    boolean sane =
        Bytes.getLong(bytes, MAGIC_AT) == MAGIC
            && Bytes.getInt(bytes, VERSION_AT) == VERSION
            && Bytes.getLong(bytes, LOG_ID_AT) == logId
            && size >= 0
            && hashes == Long.bitCount(size)
            && content.position() == crcAt(hashes) + CRC_BYTES
            && Bytes.getLong(bytes, crcAt(hashes)) == crc(bytes, hashes);
    if (!sane) {
      return null;
    }
    byte[][] frontier = new byte[hashes][MerkleTree.HASH_BYTES];
    content.position(FRONTIER_AT);
    for (byte[] hash : frontier) {
      content.get(hash);
    }
    return new TreeCheckpoint(
        logId, Bytes.getLong(bytes, CLOSE_MARK_AT), MerkleTree.resume(size, frontier));
  }

  /**
   * Compares it with the log it belongs to.
   *
   * @throws LogDamagedException if the log was longer when this was written
   */
  public void checkNotBehind(Path folder, String name, long lastSeq) {
    if (tree.size() > lastSeq) {
      throw LogDamagedException.endLost(name, folder, lastSeq, tree.size(), List.of(FILE));
    }
  }

  private static int crcAt(int hashes) {
    return FRONTIER_AT + hashes * MerkleTree.HASH_BYTES;
  }

  private static long crc(byte[] bytes, int hashes) {
    return Integer.toUnsignedLong(Crc.plain(bytes, 0, crcAt(hashes)));
  }

  /** Puts it in the place of the one before. */
  public void write(Disk disk, Path folder) throws IOException {
    byte[][] frontier = tree.frontier();
    byte[] bytes = new byte[crcAt(frontier.length) + CRC_BYTES];
    Bytes.putLong(bytes, MAGIC_AT, MAGIC);
    Bytes.putInt(bytes, VERSION_AT, VERSION);
    Bytes.putInt(bytes, HASHES_AT, frontier.length);
    Bytes.putLong(bytes, LOG_ID_AT, logId);
    Bytes.putLong(bytes, CLOSE_MARK_AT, closeMark);
    Bytes.putLong(bytes, TREE_SIZE_AT, tree.size());
    for (int i = 0; i < frontier.length; i++) {
      System.arraycopy(
          frontier[i], 0, bytes, FRONTIER_AT + i * MerkleTree.HASH_BYTES, MerkleTree.HASH_BYTES);
    }
    Bytes.putLong(bytes, crcAt(frontier.length), crc(bytes, frontier.length));
    Path temporary = folder.resolve(TEMPORARY);
    disk.deleteIfExists(temporary);
    try (DiskFile file = disk.create(temporary)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
    disk.rename(temporary, folder.resolve(FILE));
  }
}
