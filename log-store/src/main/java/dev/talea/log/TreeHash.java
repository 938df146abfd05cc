// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The two hashes of the tree of RFC 9162, section 2.1, with SHA-256: of a leaf, which stands for a
 * record, and of a node over two others. What lies in a leaf is drawn in docs/log-format.md,
 * section "Tree".
 *
 * <p>One thread at a time; half a kilobyte, so one is made where it is used.
 */
public final class TreeHash {
  /** Bytes of a hash. */
  public static final int BYTES = 32;

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private static final int LEAF_CONTENT_AT = 1 + Long.BYTES;
  private static final int LEAF_BYTES = LEAF_CONTENT_AT + BYTES;
  private static final int NODE_BYTES = 1 + 2 * BYTES;

  private final MessageDigest sha256;

  /** What is hashed, put together first: each call of a digest costs as much as half a block. */
  private final byte[] input = new byte[NODE_BYTES];

  /** One that has hashed nothing yet. */
  public TreeHash() {
    sha256 = sha256();
  }

  /** SHA-256, which every Java platform has. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The root over nothing. */
  public byte[] empty() {
    return sha256.digest();
  }

  /**
   * The hash of the leaf of a record.
   *
   * @param payload of the record, whose position and limit are left as they are
   * @param provenBytes how many of its first bytes the tree is over
   */
  public byte[] leaf(long seq, ByteBuffer payload, int provenBytes) {
    sha256.update(payload.duplicate().limit(payload.position() + provenBytes));
    ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).putLong(1, seq);
    return leafOfContent();
  }

  /** The same for a record whose seq lies in bytes as the tree takes it, little-endian. */
  public byte[] leaf(byte[] bytes, int seqAt, int provenAt, int provenLength) {
    sha256.update(bytes, provenAt, provenLength);
    System.arraycopy(bytes, seqAt, input, 1, Long.BYTES);
    return leafOfContent();
  }

  /** The seq lies in the input, the proven part has been taken by the digest. */
  private byte[] leafOfContent() {
    try {
      sha256.digest(input, LEAF_CONTENT_AT, BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("there is room for a hash of " + BYTES + " bytes", e);
    }
    input[0] = LEAF;
    sha256.update(input, 0, LEAF_BYTES);
    return sha256.digest();
  }

  /** The hash of a leaf of any content. */
  public byte[] leaf(byte[] content) {
    sha256.update(LEAF);
    return sha256.digest(content);
  }

  /** The hash over two subtrees that lie side by side. */
  public byte[] node(byte[] left, byte[] right) {
    input[0] = NODE;
    System.arraycopy(left, 0, input, 1, BYTES);
    System.arraycopy(right, 0, input, 1 + BYTES, BYTES);
    sha256.update(input, 0, NODE_BYTES);
    return sha256.digest();
  }
}
