// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.tree;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import dev.talea.log.TreeHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads the file of a book's subtrees, see {@link SubtreeLayout}. What is damaged, torn or not
 * there yet is answered with null: the records say the same, only later.
 *
 * <p>One thread at a time. Holds a file handle until it is closed.
 */
final class SubtreeReader implements AutoCloseable {
  private final DiskFile file;
  private final long logId;
  private final long subtrees;
  private final ByteBuffer entry =
      ByteBuffer.allocate(SubtreeLayout.ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private SubtreeReader(DiskFile file, long logId, long subtrees) {
    this.file = file;
    this.logId = logId;
    this.subtrees = subtrees;
  }

  /**
   * Opens the file of a log, or gives null if there is none that can be used.
   *
   * @throws IOException if it cannot be read, which says nothing about what is in it
   */
  static @Nullable SubtreeReader open(Disk disk, Path folder, LogReader log) throws IOException {
    Path path = SubtreeLayout.path(folder);
    if (!disk.exists(path)) {
      return null;
    }
    DiskFile file = disk.openForReading(path);
    try {
      ByteBuffer header = ByteBuffer.allocate(SubtreeLayout.HEADER_BYTES);
      file.read(header, 0);
      if (header.flip().equals(SubtreeLayout.header(log.id()))) {
        return new SubtreeReader(file, log.id(), SubtreeLayout.subtrees(file.size()));
      }
    } catch (IOException | RuntimeException | Error e) {
      close(file, e);
      throw e;
    }
    file.close();
    return null;
  }

  private static void close(DiskFile file, Throwable after) {
    try {
      file.close();
    } catch (IOException e) {
      after.addSuppressed(e);
    }
  }

  /** How many subtrees of level 1 it has room for; any of them may be damaged. */
  long subtrees() {
    return subtrees;
  }

  /**
   * The root of a subtree, or null.
   *
   * @param level 1 for the root over 256 records, and so on
   */
  byte @Nullable [] at(int level, long index) throws IOException {
    return (index + 1) << (SubtreeLayout.HEIGHT * (level - 1)) > subtrees
        ? null
        : entry(SubtreeLayout.number(level, index));
  }

  /** How many of the first subtrees of level 1 are there, undamaged, with all above them. */
  long undamaged() throws IOException {
    for (long index = 0; index < subtrees; index++) {
      long end = SubtreeLayout.entries(index + 1);
      for (long number = SubtreeLayout.entries(index); number < end; number++) {
        if (entry(number) == null) {
          return index;
        }
      }
    }
    return subtrees;
  }

  private byte @Nullable [] entry(long number) throws IOException {
    entry.clear();
    if (file.read(entry, SubtreeLayout.position(number)) < SubtreeLayout.ENTRY_BYTES) {
      return null;
    }
    byte[] hash = new byte[TreeHash.BYTES];
    entry.flip().get(hash);
    return entry.getInt() == SubtreeLayout.crc(logId, number, hash) ? hash : null;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
