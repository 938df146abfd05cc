// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import dev.talea.log.TreeHash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the tree holds of a record: its seq and the SHA-256 of its proven part, 40 bytes. So a leaf
 * is short whatever the record holds, and can be handed out without its content. Drawn in
 * docs/log-format.md, section "Tree". Stateless.
 */
public final class Leaf {
  /** How many bytes the data of a leaf has. */
  public static final int DATA_BYTES = Long.BYTES + Hash.BYTES;

  private Leaf() {}

  /** The data of the leaf of a record. */
  public static byte[] data(long seq, byte[] provenPart) {
    return ByteBuffer.allocate(DATA_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(seq)
        .put(TreeHash.sha256().digest(provenPart))
        .array();
  }

  /** The seq that the data of a leaf begins with. */
  public static long seq(byte[] leafData) {
    return ByteBuffer.wrap(leafData).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /** The hash of a leaf, from its data. */
  public static Hash hash(byte[] leafData) {
    return new TreeHasher().leaf(leafData);
  }

  /** The hash of the leaf of a record. */
  public static Hash hash(long seq, byte[] provenPart) {
    return hash(data(seq, provenPart));
  }
}
