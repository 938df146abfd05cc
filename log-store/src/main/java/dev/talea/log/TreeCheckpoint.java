package dev.talea.log;

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
 *     16  u64  log id
 * </pre>
 *
 * There is no checksum, because there is something better: the header of the close mark carries the
 * root, and only the right frontier hashes to it. So the file may be torn, old, or of another log,
 * and is written without a sync.
 */
record TreeCheckpoint(long logId, long closeMark, MerkleTree tree) {

  static final String FILE = "tree.bin";

  private static final long MAGIC = 0x4552_5441454c4154L; // "TALEATRE" read little-endian
  private static final int VERSION = 1;
  private static final int FRONTIER_AT = 40;
  private static final int BYTES_MAX =
      FRONTIER_AT + MerkleTree.FRONTIER_MAX * MerkleTree.HASH_BYTES;

  /**
   * Reads the one in a folder, if it is any good.
   *
   * @param files what is in the folder
   */
  static @Nullable TreeCheckpoint read(Disk disk, Path folder, List<String> files, long logId) {
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
    int hashes = Bytes.getInt(bytes, 12);
    long size = Bytes.getLong(bytes, 32);
    boolean sane =
        Bytes.getLong(bytes, 0) == MAGIC
            && Bytes.getInt(bytes, 8) == VERSION
            && Bytes.getLong(bytes, 16) == logId
            && size >= 0
            && hashes == Long.bitCount(size)
            && content.position() == FRONTIER_AT + hashes * MerkleTree.HASH_BYTES;
    if (!sane) {
      return null;
    }
    byte[][] frontier = new byte[hashes][MerkleTree.HASH_BYTES];
    content.position(FRONTIER_AT);
    for (byte[] hash : frontier) {
      content.get(hash);
    }
    return new TreeCheckpoint(logId, Bytes.getLong(bytes, 24), MerkleTree.resume(size, frontier));
  }

  /** Puts it in the place of the one before. */
  void write(Disk disk, Path folder) throws IOException {
    byte[][] frontier = tree.frontier();
    byte[] bytes = new byte[FRONTIER_AT + frontier.length * MerkleTree.HASH_BYTES];
    Bytes.putLong(bytes, 0, MAGIC);
    Bytes.putInt(bytes, 8, VERSION);
    Bytes.putInt(bytes, 12, frontier.length);
    Bytes.putLong(bytes, 16, logId);
    Bytes.putLong(bytes, 24, closeMark);
    Bytes.putLong(bytes, 32, tree.size());
    for (int i = 0; i < frontier.length; i++) {
      System.arraycopy(
          frontier[i], 0, bytes, FRONTIER_AT + i * MerkleTree.HASH_BYTES, MerkleTree.HASH_BYTES);
    }
    Path temporary = folder.resolve(FILE + ".tmp");
    disk.deleteIfExists(temporary);
    try (DiskFile file = disk.create(temporary)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
    disk.rename(temporary, folder.resolve(FILE));
  }
}
