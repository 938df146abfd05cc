// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.TreeHead;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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

  static final int HASH_BYTES = 32;
  static final int FRONTIER_MAX = 63;

  private static final byte[][] NO_SUBTREES = new byte[0][];
  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private @Nullable MessageDigest digest;
  private byte[][] frontier;
  private int depth;
  private long size;

  public MerkleTree() {
    frontier = NO_SUBTREES;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
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

  /** Gives up what only hashing needs, half a kilobyte, until the next time. */
  void rest() {
    digest = null;
  }

  private MessageDigest digest() {
    MessageDigest current = digest;
    if (current == null) {
      current = sha256();
      digest = current;
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
    MessageDigest sha256 = digest();
    sha256.update(bytes, provenAt, provenLength);
    byte[] content = sha256.digest();
    sha256.update(LEAF);
    sha256.update(bytes, seqAt, Long.BYTES);
    push(sha256.digest(content));
  }

  /** Appends a leaf, given as it is. */
  public void append(byte[] leaf) {
    MessageDigest sha256 = digest();
    sha256.update(LEAF);
    push(sha256.digest(leaf));
  }

  private void push(byte[] leaf) {
    byte[] hash = leaf;
    // Carrying, as in adding 1 to a binary number: every trailing 1-bit of the size is a complete
    // subtree as large as the one just formed, and merges with it.
    for (long bits = size; (bits & 1) == 1; bits >>>= 1) {
      hash = node(frontier[--depth], hash);
    }
    if (depth == frontier.length) {
      frontier = Arrays.copyOf(frontier, depth + 4);
    }
    frontier[depth++] = hash;
    size++;
  }

  public long size() {
    return size;
  }

  public byte[] root() {
    if (size == 0) {
      return digest().digest();
    }
    byte[] hash = frontier[depth - 1].clone();
    for (int i = depth - 2; i >= 0; i--) {
      hash = node(frontier[i], hash);
    }
    return hash;
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

  private byte[] node(byte[] left, byte[] right) {
    MessageDigest sha256 = digest();
    sha256.update(NODE);
    sha256.update(left);
    sha256.update(right);
    return sha256.digest();
  }
}
