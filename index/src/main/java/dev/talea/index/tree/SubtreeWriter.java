// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.tree;

import dev.talea.index.derived.DerivedFiles;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Keeps the file of a book's subtrees behind its log, see {@link SubtreeLayout}. Never synced: an
 * entry that a power failure has left torn is found by its checksum, and made again.
 *
 * <p>The first step after opening reads the whole file, 36 bytes for 256 records, and writes
 * whatever is damaged again; if its last entry is not what the log says, it is from another
 * history, and begins anew. One thread at a time: the maintenance of the book.
 */
public final class SubtreeWriter {
  /** A step never takes longer than to hash a million records, which is about a second. */
  private static final int STEP_MAX = 4096;

  private final Disk disk;
  private final Path folder;
  private final LogReader log;

  /** How many subtrees of level 1 are in the file, -1 if that has not been seen yet. */
  private long written = -1;

  public SubtreeWriter(Disk disk, Path folder, LogReader log) {
    this.disk = disk;
    this.folder = folder;
    this.log = log;
  }

  /**
   * Brings the file nearer to a record, a million records at most.
   *
   * @param seq of a durable record
   * @throws IOException if it cannot be written, which leaves it as good as it was
   */
  public void extend(long seq) throws IOException {
    Path path = SubtreeLayout.path(folder);
    long complete = Math.min(seq, log.treeHead().size()) / LogReader.SUBTREE_RECORDS;
    if (written < 0) {
      if (complete == 0 && !disk.exists(path)) {
        return;
      }
      written = found(complete);
    }
    long end = Math.min(complete, written + STEP_MAX);
    if (end <= written) {
      return;
    }
    try (DiskFile file = disk.exists(path) ? disk.open(path) : disk.create(path)) {
      if (written == 0) {
        file.write(SubtreeLayout.header(log.id()), 0);
      }
      while (written < end) {
        long nextAbove = (written / SubtreeLayout.WIDTH + 1) * SubtreeLayout.WIDTH;
        append(file, Math.min(end, nextAbove));
      }
    } catch (IOException e) {
      written = -1; // what of it was written will be seen
      throw e;
    }
  }

  /** What of the file that is there can be kept. */
  private long found(long complete) throws IOException {
    try (SubtreeReader reader = SubtreeReader.open(disk, folder, log)) {
      long undamaged = reader == null ? 0 : reader.undamaged();
      if (reader != null && undamaged > 0 && undamaged <= complete) {
        byte[] stored = reader.at(1, undamaged - 1);
        if (Arrays.equals(
            stored, BookTree.ofRecords(log).subtree(BookTree.LEAVES, undamaged - 1))) {
          return undamaged;
        }
      }
    }
    DerivedFiles.delete(disk, SubtreeLayout.path(folder));
    return 0;
  }

  /** Writes the next subtrees of level 1, up to a whole one of level 2, and what they complete. */
  private void append(DiskFile file, long end) throws IOException {
    long first = SubtreeLayout.entries(written);
    int entries = (int) (SubtreeLayout.entries(end) - first);
    ByteBuffer bytes =
        ByteBuffer.allocate(entries * SubtreeLayout.ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (BookTree tree = BookTree.open(log, disk, folder)) {
      for (long index = written; index < end; index++) {
        long complete = index + 1;
        for (int level = 1; ; level++) {
          byte[] root = tree.know(level, (complete - 1) >>> (SubtreeLayout.HEIGHT * (level - 1)));
          SubtreeLayout.put(
              bytes, log.id(), first + bytes.position() / SubtreeLayout.ENTRY_BYTES, root);
          if (level == SubtreeLayout.LEVELS
              || complete << (64 - SubtreeLayout.HEIGHT * level) != 0) {
            break;
          }
        }
      }
    }
    file.write(bytes.flip(), SubtreeLayout.position(first));
    written = end;
  }
}
