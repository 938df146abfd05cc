// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Size and root hash of the Merkle tree (RFC 9162) over the records of a log. Immutable. */
public final class TreeHead {
  private final long size;
  private final byte[] root;

  /** Takes a copy of the 32 bytes of the root. */
  public TreeHead(long size, byte[] root) {
    this.size = size;
    this.root = root.clone();
  }

  /** How many records, from seq 1 on, are in the tree. */
  public long size() {
    return size;
  }

  /** A copy of the 32 bytes. */
  public byte[] root() {
    return root.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TreeHead that && size == that.size && Arrays.equals(root, that.root);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(size) * 31 + Arrays.hashCode(root);
  }

  @Override
  public String toString() {
    return size + ":" + HexFormat.of().formatHex(root);
  }
}
