// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogReader;
import dev.talea.log.TreeHash;
import dev.talea.log.TreeHead;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The hash tree of RFC 9162, section 2.1, over the records of a log, as far as a writer needs it:
 * append a leaf, give the root.
 *
 * <p>Keeps the roots of the complete subtrees only, largest first (one per set bit of the size, so
 * never more than 63), called the frontier. That is enough to go on from, which is why a segment
 * header stores it. Not safe for use by several threads.
 */
public final class MerkleTree {

  static final int HASH_BYTES = TreeHash.BYTES;
  static final int FRONTIER_MAX = 63;

  private static final byte[][] NO_SUBTREES = new byte[0][];

  /** How often subtrees merge until they span {@link LogReader#SUBTREE_RECORDS} records. */
  private static final int SUBTREE_LEVEL = Integer.numberOfTrailingZeros(LogReader.SUBTREE_RECORDS);

  static {
    Layout.check(1 << SUBTREE_LEVEL == LogReader.SUBTREE_RECORDS, "subtrees are complete");
  }

  private @Nullable TreeHash hash;
  private @Nullable NewestSubtrees subtrees;
  private byte[][] frontier;
  private int depth;
  private long size;

  public MerkleTree() {
    frontier = NO_SUBTREES;
  }

  /** A tree that goes on from a stored frontier. */
  public static MerkleTree resume(long size, byte[][] frontier) {
    if (Long.bitCount(size) != frontier.length) {
      throw new IllegalArgumentException(
          "a tree of "
              + size
              + " leaves has "
              + Long.bitCount(size)
              + " complete subtrees, not "
              + frontier.length);
    }
    MerkleTree tree = new MerkleTree();
    tree.size = size;
    tree.depth = frontier.length;
    tree.frontier = new byte[frontier.length][];
    for (int i = 0; i < frontier.length; i++) {
      tree.frontier[i] = frontier[i].clone();
    }
    return tree;
  }

  /** Tells of every subtree that is complete from now on. */
  void tell(NewestSubtrees of) {
    subtrees = of;
  }

  /** Gives up what only hashing needs, half a kilobyte, until the next time. */
  void rest() {
    hash = null;
  }

  private TreeHash hash() {
    TreeHash current = hash;
    if (current == null) {
      current = new TreeHash();
      hash = current;
    }
    return current;
  }

  /**
   * Appends a record. Its leaf is its seq and the hash of its proven part: short whatever the
   * record, and something to show to those who are not to see the record.
   *
   * @param seqAt where its seq lies, 8 bytes
   * @param provenAt where its proven part begins
   */
  public void append(byte[] bytes, int seqAt, int provenAt, int provenLength) {
    push(hash().leaf(bytes, seqAt, provenAt, provenLength));
  }

  /** Appends a leaf, given as it is. */
  public void append(byte[] leaf) {
    push(hash().leaf(leaf));
  }

  private void push(byte[] leaf) {
    byte[] root = leaf;
    int level = 0;
    // Carrying, as in adding 1 to a binary number: every trailing 1-bit of the size is a complete
    // subtree as large as the one just formed, and merges with it.
    for (long bits = size; (bits & 1) == 1; bits >>>= 1) {
      root = hash().node(frontier[--depth], root);
      if (++level == SUBTREE_LEVEL && subtrees != null) {
        subtrees.add(size >>> SUBTREE_LEVEL, root);
      }
    }
    if (depth == frontier.length) {
      frontier = Arrays.copyOf(frontier, depth + 4);
    }
    frontier[depth++] = root;
    size++;
  }

  public long size() {
    return size;
  }

  public byte[] root() {
    if (size == 0) {
      return hash().empty();
    }
    byte[] root = frontier[depth - 1].clone();
    for (int i = depth - 2; i >= 0; i--) {
      root = hash().node(frontier[i], root);
    }
    return root;
  }

  TreeHead head() {
    return new TreeHead(size, root());
  }

  /** The roots of the complete subtrees, largest first. */
  public byte[][] frontier() {
    byte[][] copy = new byte[depth][];
    for (int i = 0; i < depth; i++) {
      copy[i] = frontier[i].clone();
    }
    return copy;
  }
}
