// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import dev.talea.log.TreeHash;
import java.security.MessageDigest;

/**
 * SHA-256 as RFC 9162, section 2.1.1, uses it: leaves and inner nodes begin with different bytes,
 * so that neither can pass for the other. An object, because the digest inside is worth keeping
 * while many nodes are hashed. One thread at a time.
 */
final class TreeHasher {
  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private final MessageDigest sha256 = TreeHash.sha256();

  /** The root of a tree without leaves. */
  Hash empty() {
    return Hash.owning(sha256.digest());
  }

  Hash leaf(byte[] data) {
    sha256.update(LEAF);
    sha256.update(data);
    return Hash.owning(sha256.digest());
  }

  Hash node(Hash left, Hash right) {
    sha256.update(NODE);
    sha256.update(left.shared());
    sha256.update(right.shared());
    return Hash.owning(sha256.digest());
  }

  /**
   * The root over hashes that lie one behind the other.
   *
   * @param count how many, a power of two
   */
  Hash root(byte[] hashes, int offset, int count) {
    if (Integer.bitCount(count) != 1) {
      throw new IllegalArgumentException("a complete subtree has 2^k leaves, not " + count);
    }
    byte[] row = new byte[count * Hash.BYTES];
    System.arraycopy(hashes, offset, row, 0, row.length);
    for (int width = count; width > 1; width /= 2) {
      for (int i = 0; i < width / 2; i++) {
        sha256.update(NODE);
        sha256.update(row, i * 2 * Hash.BYTES, 2 * Hash.BYTES);
        // In place: a parent never lies behind the first of its children.
        System.arraycopy(sha256.digest(), 0, row, i * Hash.BYTES, Hash.BYTES);
      }
    }
    return Hash.of(row, 0);
  }
}
