// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

/**
 * Where a jump pointer leads, as arithmetic on ordinals. The nodes 1..n of a chain fall into
 * complete binary trees, largest first, of the sizes that write n in skew-binary numbers: each size
 * is 2^k - 1, and only the two smallest may be equal. Node n is the root of the last tree; its jump
 * pointer leads to the root of the tree before. With one such pointer and the link to the previous
 * node, any earlier node is reached in O(log n) hops (Myers, "An applicative random-access stack",
 * 1983).
 *
 * <p>Stateless. Apart from {@link Chain}, which remembers refs, so that readers can tell where a
 * pointer leads without reading its target.
 */
final class SkewBinary {
  private SkewBinary() {}

  /** Size of the last tree among those that hold the nodes 1..n. */
  static long lastTree(long n) {
    if (n <= 0) {
      throw new IllegalArgumentException("ordinals count from 1, not " + n);
    }
    long rest = n;
    while (true) {
      long tree = Long.highestOneBit(rest + 1) - 1;
      if (tree == rest) {
        return tree;
      }
      rest -= tree;
    }
  }

  /** Ordinal to which the jump pointer of node n leads; 0 if it leads nowhere. */
  static long jump(long n) {
    return n - lastTree(n);
  }
}
