// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.tree;

import dev.talea.log.Disk;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.LogRecord;
import dev.talea.log.TreeHash;
import dev.talea.log.TreeHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hash tree of one book at one moment: its head, and the root of any complete subtree under it.
 * Roots come from the derived file of subtrees, from what the log hashed lately, or else from the
 * records.
 *
 * <p>A root out of the file may be wrong, if the file is from another history of the log. So
 * whatever is made of roots is held against {@link #head}, and made again with {@link #ofRecords}
 * if it does not fit.
 *
 * <p>One thread at a time. Holds a file handle until it is closed.
 */
public final class BookTree implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BookTree.class);

  /** The level of the subtrees that are made from leaves. */
  static final int LEAVES = SubtreeLayout.HEIGHT;

  /** A path needs those of two subtrees: around its leaf, and at the right edge. */
  private static final int ROWS_MAX = 4;

  private final LogReader log;
  private final TreeHead head;
  private final TreeHash hash = new TreeHash();
  private @Nullable SubtreeReader file;

  /** By the number of the entry: what is on its way into the file. */
  private final Map<Long, byte[]> known = new HashMap<>();

  /** Leaves that were asked for lately, by the subtree of level 1 that they belong to. */
  private final Map<Long, byte[][]> rows = new HashMap<>();

  /** Where the leaves that were read last end, for the case that the next ones are wanted. */
  private @Nullable LogCursor cursor;

  private long cursorSeq;

  private BookTree(LogReader log, TreeHead head, @Nullable SubtreeReader file) {
    this.log = log;
    this.head = head;
    this.file = file;
  }

  /**
   * The tree as it is now.
   *
   * @param folder of the log, with its derived files
   */
  public static BookTree open(LogReader log, Disk disk, Path folder) {
    try {
      return new BookTree(log, log.treeHead(), SubtreeReader.open(disk, folder, log));
    } catch (IOException e) {
      LOG.debug("The subtrees of '{}' cannot be read, its records are hashed", log.name(), e);
      return ofRecords(log);
    }
  }

  /** The tree as it is now, without the derived file. */
  static BookTree ofRecords(LogReader log) {
    return new BookTree(log, log.treeHead(), null);
  }

  /** The same tree without the derived file: slow, and right whatever that file holds. */
  public BookTree ofRecords() {
    return new BookTree(log, head, null);
  }

  /** Size and root of the tree. It may be a block behind what is durable, and does not move. */
  public TreeHead head() {
    return head;
  }

  /** Commit time of the last record under the head, in microseconds; 0 if there is none. */
  public long committedAt() {
    return head.size() == 0 ? 0 : log.commitTimeOf(head.size());
  }

  /**
   * The record with this seq.
   *
   * @throws IllegalArgumentException unless 1 &lt;= seq &lt;= the size of the head
   */
  public LogRecord record(long seq) {
    if (seq < 1 || seq > head.size()) {
      throw new IllegalArgumentException(
          "seq " + seq + " is not under a head of " + head.size() + " records");
    }
    return log.record(log.positionOf(seq));
  }

  /**
   * The root over the {@code 2^level} records from seq {@code index * 2^level + 1} on.
   *
   * @throws IllegalArgumentException unless the head holds all of them
   */
  public byte[] subtree(int level, long index) {
    if (level < 0 || level > 62 || index < 0 || index >= head.size() >>> level) {
      throw new IllegalArgumentException(
          "subtree %d of level %d is not complete under a head of %d records"
              .formatted(index, level, head.size()));
    }
    int stored = Math.min(level / SubtreeLayout.HEIGHT, SubtreeLayout.LEVELS);
    if (stored == 0) {
      return leaves(index << level, 1 << level);
    }
    int height = level - stored * SubtreeLayout.HEIGHT;
    return fold(stored, index << height, 1L << height);
  }

  /** The root over subtrees of a stored level, a power of two of them. */
  private byte[] fold(int level, long first, long count) {
    return count == 1
        ? stored(level, first)
        : hash.node(fold(level, first, count / 2), fold(level, first + count / 2, count / 2));
  }

  /** The root of a subtree of a stored level, which is not looked for again. */
  byte[] know(int level, long index) {
    byte[] root = subtree(level * SubtreeLayout.HEIGHT, index);
    known.put(SubtreeLayout.number(level, index), root);
    return root;
  }

  private byte[] stored(int level, long index) {
    byte[] root = known.get(SubtreeLayout.number(level, index));
    if (root == null) {
      root = inFile(level, index);
    }
    if (root == null && level == 1) {
      root = log.subtree(index);
    }
    if (root != null) {
      return root;
    }
    return level == 1
        ? leaves(index * SubtreeLayout.WIDTH, SubtreeLayout.WIDTH)
        : fold(level - 1, index * SubtreeLayout.WIDTH, SubtreeLayout.WIDTH);
  }

  private byte @Nullable [] inFile(int level, long index) {
    SubtreeReader reader = file;
    if (reader == null) {
      return null;
    }
    try {
      return reader.at(level, index);
    } catch (IOException e) {
      LOG.debug("The subtrees of '{}' cannot be read, its records are hashed", log.name(), e);
      close();
      return null;
    }
  }

  /** The root over leaves, a power of two of them and at most 256, counted from 0. */
  private byte[] leaves(long first, int count) {
    byte[][] all = leavesOf(first / SubtreeLayout.WIDTH);
    int from = (int) (first % SubtreeLayout.WIDTH);
    byte[][] row = Arrays.copyOfRange(all, from, from + count);
    for (int width = count / 2; width > 0; width /= 2) {
      for (int i = 0; i < width; i++) {
        row[i] = hash.node(row[2 * i], row[2 * i + 1]);
      }
    }
    return row[0];
  }

  /** The leaves that a subtree of level 1 is over, as many of them as the head holds. */
  private byte[][] leavesOf(long index) {
    byte[][] row = rows.get(index);
    if (row == null) {
      long first = index * SubtreeLayout.WIDTH;
      row = new byte[(int) Math.min(SubtreeLayout.WIDTH, head.size() - first)][];
      LogCursor from = cursor;
      if (from == null || cursorSeq != first) {
        from = log.cursor(first + 1);
      }
      for (int i = 0; i < row.length; i++) {
        if (!from.next()) {
          throw new IllegalStateException(
              "the log '%s' ends before seq %d, which its head holds"
                  .formatted(log.name(), first + i + 1));
        }
        row[i] = hash.leaf(from.seq(), from.payload(), from.provenBytes());
      }
      cursor = from;
      cursorSeq = first + row.length;
      if (rows.size() == ROWS_MAX) {
        rows.clear();
      }
      rows.put(index, row);
    }
    return row;
  }

  /** The proven part of a record: what its leaf is the hash of. */
  public static byte[] proven(LogRecord record) {
    byte[] proven = new byte[record.provenBytes()];
    ByteBuffer payload = record.payload();
    payload.get(proven);
    return proven;
  }

  @Override
  public void close() {
    SubtreeReader reader = file;
    file = null;
    if (reader != null) {
      try {
        reader.close();
      } catch (IOException e) {
        LOG.debug("The file of subtrees of '{}' cannot be closed", log.name(), e);
      }
    }
  }
}
