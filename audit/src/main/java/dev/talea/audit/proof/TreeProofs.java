// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.util.ArrayList;
import java.util.List;

/**
 * Merkle paths of RFC 9162, section 2.1: makes them from the hashes of complete subtrees, and
 * checks them from nothing but the two ends. Leaves are counted from 0, so the record with seq n
 * has index n - 1.
 *
 * <p>Making and checking share no code on purpose: a path is made by the recursive definition and
 * checked by the loop over the bits of index and size, so one fault cannot hide in both.
 *
 * <p>Stateless. A path costs as many look-ups as it has hashes, and once as many again where the
 * tree is not complete on its right: some 40 for ten million leaves.
 */
public final class TreeProofs {
  /** No path in a tree of up to 2^62 leaves is longer, and none that is read may be. */
  public static final int PATH_MAX = 63;

  private TreeProofs() {}

  /** The root over the first leaves, from complete subtrees. */
  public static Hash root(long size, SubtreeHashes hashes) {
    requireSize(size);
    TreeHasher hasher = new TreeHasher();
    return size == 0 ? hasher.empty() : root(0, size, hashes, hasher);
  }

  /**
   * The root over {@code size} leaves from {@code first} on, which is a multiple of 2^k >= size.
   */
  private static Hash root(long first, long size, SubtreeHashes hashes, TreeHasher hasher) {
    long left = Long.highestOneBit(size);
    if (left == size) {
      int level = Long.numberOfTrailingZeros(size);
      return hashes.at(level, first >>> level);
    }
    return hasher.node(
        root(first, left, hashes, hasher), root(first + left, size - left, hashes, hasher));
  }

  /** How many leaves the left child has: the largest power of two below the size. */
  private static long left(long size) {
    return Long.highestOneBit(size - 1);
  }

  /**
   * The path from a leaf to the root: the sibling of the leaf first, the child of the root last.
   *
   * @param index of the leaf, below the size
   * @param size of the tree that the path leads to the root of
   */
  public static List<Hash> inclusion(long index, long size, SubtreeHashes hashes) {
    requireSize(size);
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException(
          "there is no leaf " + index + " in a tree of " + size + " leaves");
    }
    List<Hash> path = new ArrayList<>();
    inclusion(index, 0, size, hashes, new TreeHasher(), path);
    return List.copyOf(path);
  }

  private static void inclusion(
      long index, long first, long size, SubtreeHashes hashes, TreeHasher hasher, List<Hash> path) {
    if (size == 1) {
      return;
    }
    long left = left(size);
    if (index < left) {
      inclusion(index, first, left, hashes, hasher, path);
      path.add(root(first + left, size - left, hashes, hasher));
    } else {
      inclusion(index - left, first + left, size - left, hashes, hasher, path);
      path.add(root(first, left, hashes, hasher));
    }
  }

  /**
   * The path that proves that a tree begins with all leaves of an older one. Empty where there is
   * nothing to show: from a tree without leaves, and from a tree to itself.
   */
  public static List<Hash> consistency(long oldSize, long size, SubtreeHashes hashes) {
    requireSize(size);
    if (oldSize < 0 || oldSize > size) {
      throw new IllegalArgumentException(
          "a tree of " + size + " leaves does not extend one of " + oldSize);
    }
    List<Hash> path = new ArrayList<>();
    if (oldSize > 0 && oldSize < size) {
      consistency(oldSize, 0, size, true, hashes, new TreeHasher(), path);
    }
    return List.copyOf(path);
  }

  /**
   * SUBPROOF of RFC 9162, section 2.1.4.1.
   *
   * @param known whether this subtree is the whole old tree, whose root the verifier has
   */
  private static void consistency(
      long oldSize,
      long first,
      long size,
      boolean known,
      SubtreeHashes hashes,
      TreeHasher hasher,
      List<Hash> path) {
    if (oldSize == size) {
      if (!known) {
        path.add(root(first, size, hashes, hasher));
      }
      return;
    }
    long left = left(size);
    if (oldSize <= left) {
      consistency(oldSize, first, left, known, hashes, hasher, path);
      path.add(root(first + left, size - left, hashes, hasher));
    } else {
      consistency(oldSize - left, first + left, size - left, false, hashes, hasher, path);
      path.add(root(first, left, hashes, hasher));
    }
  }

  /** Whether the path leads from this leaf, at this index, to the root of a tree of this size. */
  public static boolean includes(Hash leaf, long index, long size, List<Hash> path, Hash root) {
    if (index < 0 || index >= size) {
      return false;
    }
    TreeHasher hasher = new TreeHasher();
    Hash hash = leaf;
    long node = index;
    long last = size - 1;
    for (Hash sibling : path) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        hash = hasher.node(sibling, hash);
        // A node that is the last of its row and has no sibling moves up as it is.
        while ((node & 1) == 0 && node != 0) {
          node >>>= 1;
          last >>>= 1;
        }
      } else {
        hash = hasher.node(hash, sibling);
      }
      node >>>= 1;
      last >>>= 1;
    }
    return last == 0 && hash.equals(root);
  }

  /** Whether the path proves that the tree begins with all leaves of the older one. */
  public static boolean extendsTree(
      long oldSize, Hash oldRoot, long size, Hash root, List<Hash> path) {
    if (oldSize < 0 || oldSize > size) {
      return false;
    }
    if (oldSize == 0) {
      return path.isEmpty() && oldRoot.equals(new TreeHasher().empty());
    }
    if (oldSize == size) {
      return path.isEmpty() && oldRoot.equals(root);
    }
    // An old tree that is complete is a subtree of the new one, and its root begins the path.
    int next = 0;
    Hash start = oldRoot;
    if (Long.bitCount(oldSize) != 1) {
      if (path.isEmpty()) {
        return false;
      }
      start = path.get(next++);
    }
    TreeHasher hasher = new TreeHasher();
    int complete = Long.numberOfTrailingZeros(oldSize);
    long node = (oldSize - 1) >>> complete;
    long last = (size - 1) >>> complete;
    Hash oldHash = start;
    Hash hash = start;
    for (; next < path.size(); next++) {
      Hash sibling = path.get(next);
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        oldHash = hasher.node(sibling, oldHash);
        hash = hasher.node(sibling, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>>= 1;
          last >>>= 1;
        }
      } else {
        hash = hasher.node(hash, sibling);
      }
      node >>>= 1;
      last >>>= 1;
    }
    return last == 0 && oldHash.equals(oldRoot) && hash.equals(root);
  }

  private static void requireSize(long size) {
    if (size < 0) {
      throw new IllegalArgumentException("a tree has no negative size: " + size);
    }
  }
}
