// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

  private final MessageDigest sha256;

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
    byte[] content = sha256.digest();
    sha256.update(LEAF);
    sha256.update(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, seq));
    return sha256.digest(content);
  }

  /** The same for a record whose seq lies in bytes as the tree takes it, little-endian. */
  public byte[] leaf(byte[] bytes, int seqAt, int provenAt, int provenLength) {
    sha256.update(bytes, provenAt, provenLength);
    byte[] content = sha256.digest();
    sha256.update(LEAF);
    sha256.update(bytes, seqAt, Long.BYTES);
    return sha256.digest(content);
  }

  /** The hash of a leaf of any content. */
  public byte[] leaf(byte[] content) {
    sha256.update(LEAF);
    return sha256.digest(content);
  }

  /** The hash over two subtrees that lie side by side. */
  public byte[] node(byte[] left, byte[] right) {
    sha256.update(NODE);
    sha256.update(left);
    sha256.update(right);
    return sha256.digest();
  }
}
