// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every path of every small tree, against the definitions, and everything that is not one. */
class TreeProofsTest {
  private static final int SIZE_MAX = 72;
  private static final NaiveTree TREE = NaiveTree.of(SIZE_MAX);
  private static final SubtreeHashes HASHES = TREE.subtrees();

  @Test
  void leavesAreSeqAndHashOfTheProvenPart() {
    for (int i = 0; i < SIZE_MAX; i++) {
      assertEquals(TREE.leaf(i), Leaf.hash(i + 1, NaiveTree.provenPart(i)));
      assertEquals(i + 1, Leaf.seq(Leaf.data(i + 1, NaiveTree.provenPart(i))));
    }
  }

  @Test
  void rootsAreThoseOfTheDefinition() {
    for (int size = 0; size <= SIZE_MAX; size++) {
      assertEquals(TREE.root(size), TreeProofs.root(size, HASHES), "size " + size);
    }
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        TreeProofs.root(0, HASHES).toString());
  }

  @Test
  void everyLeafOfEveryTreeHasAPathAndNoOtherPlace() {
    for (int size = 1; size <= SIZE_MAX; size++) {
      Hash root = TREE.root(size);
      for (int index = 0; index < size; index++) {
        List<Hash> path = TreeProofs.inclusion(index, size, HASHES);
        assertEquals(TREE.path(index, size), path, index + " of " + size);
        for (int other = -1; other <= size; other++) {
          assertEquals(
              other == index,
              TreeProofs.includes(TREE.leaf(index), other, size, path, root),
              "leaf %d of %d at %d".formatted(index, size, other));
        }
      }
    }
  }

  @Test
  void everyTreeExtendsEveryOlderOne() {
    for (int size = 0; size <= SIZE_MAX; size++) {
      for (int old = 0; old <= size; old++) {
        List<Hash> path = TreeProofs.consistency(old, size, HASHES);
        if (old > 0) {
          assertEquals(TREE.proof(old, size), path, old + " to " + size);
        }
        assertTrue(
            TreeProofs.extendsTree(old, TREE.root(old), size, TREE.root(size), path),
            old + " to " + size);
      }
    }
  }

  @Test
  @Tag("slow")
  void aPathOfAnotherSizeProvesNothing() {
    for (int size = 1; size <= SIZE_MAX; size++) {
      for (int index = 0; index < size; index++) {
        List<Hash> path = TREE.path(index, size);
        for (int other = 1; other <= SIZE_MAX; other++) {
          // The root is another one, whatever shape the path has.
          assertEquals(
              other == size,
              TreeProofs.includes(TREE.leaf(index), index, other, path, TREE.root(other)));
        }
      }
    }
  }

  @Test
  void aConsistencyPathBetweenOtherSizesProvesNothing() {
    for (int size = 2; size <= 40; size++) {
      for (int old = 1; old < size; old++) {
        List<Hash> path = TREE.proof(old, size);
        for (int other = 1; other <= size; other++) {
          assertEquals(
              other == old,
              TreeProofs.extendsTree(other, TREE.root(other), size, TREE.root(size), path),
              "%d to %d taken for %d".formatted(old, size, other));
        }
      }
    }
  }

  @Test
  @Tag("slow")
  void everyFlippedBitIsNoticed() {
    for (int size = 1; size <= 20; size++) {
      Hash root = TREE.root(size);
      for (int index = 0; index < size; index++) {
        List<Hash> path = TREE.path(index, size);
        for (int bit = 0; bit < 256; bit++) {
          Hash leaf = flipped(TREE.leaf(index), bit);
          assertFalse(TreeProofs.includes(leaf, index, size, path, root));
          assertFalse(TreeProofs.includes(TREE.leaf(index), index, size, path, flipped(root, bit)));
          for (int i = 0; i < path.size(); i++) {
            List<Hash> broken = new ArrayList<>(path);
            broken.set(i, flipped(path.get(i), bit));
            assertFalse(TreeProofs.includes(TREE.leaf(index), index, size, broken, root));
          }
        }
      }
    }
    for (int size = 1; size <= 12; size++) {
      for (int old = 1; old <= size; old++) {
        List<Hash> path = TREE.proof(old, size);
        Hash oldRoot = TREE.root(old);
        Hash root = TREE.root(size);
        for (int bit = 0; bit < 256; bit++) {
          assertFalse(TreeProofs.extendsTree(old, flipped(oldRoot, bit), size, root, path));
          assertFalse(TreeProofs.extendsTree(old, oldRoot, size, flipped(root, bit), path));
          for (int i = 0; i < path.size(); i++) {
            List<Hash> broken = new ArrayList<>(path);
            broken.set(i, flipped(path.get(i), bit));
            assertFalse(TreeProofs.extendsTree(old, oldRoot, size, root, broken));
          }
        }
      }
    }
  }

  @Test
  void aPathThatIsLongerShorterOrInAnotherOrderIsNone() {
    for (int size = 1; size <= 40; size++) {
      Hash root = TREE.root(size);
      for (int index = 0; index < size; index++) {
        for (List<Hash> other : mangled(TREE.path(index, size))) {
          assertFalse(TreeProofs.includes(TREE.leaf(index), index, size, other, root));
        }
      }
      for (int old = 1; old <= size; old++) {
        for (List<Hash> other : mangled(TREE.proof(old, size))) {
          assertFalse(TreeProofs.extendsTree(old, TREE.root(old), size, root, other));
        }
      }
    }
  }

  private static List<List<Hash>> mangled(List<Hash> path) {
    List<List<Hash>> all = new ArrayList<>();
    for (int i = 0; i <= path.size(); i++) {
      List<Hash> longer = new ArrayList<>(path);
      longer.add(i, TREE.leaf(3));
      all.add(longer);
    }
    for (int i = 0; i < path.size(); i++) {
      List<Hash> shorter = new ArrayList<>(path);
      shorter.remove(i);
      all.add(shorter);
    }
    for (int i = 0; i + 1 < path.size(); i++) {
      List<Hash> swapped = new ArrayList<>(path);
      swapped.set(i, path.get(i + 1));
      swapped.set(i + 1, path.get(i));
      all.add(swapped);
    }
    return all;
  }

  @Test
  void whatIsNotInTheTreeHasNoPath() {
    assertThrows(
        IllegalArgumentException.class, () -> TreeProofs.inclusion(7, 7, HASHES), "no leaf");
    assertThrows(IllegalArgumentException.class, () -> TreeProofs.inclusion(-1, 7, HASHES));
    assertThrows(IllegalArgumentException.class, () -> TreeProofs.consistency(8, 7, HASHES));
    assertThrows(IllegalArgumentException.class, () -> TreeProofs.root(-1, HASHES));
    assertFalse(TreeProofs.extendsTree(8, TREE.root(8), 7, TREE.root(7), List.of()));
    assertFalse(TreeProofs.extendsTree(-1, TREE.root(8), 7, TREE.root(7), List.of()));
  }

  /** Sizes that no test can build: the path has the right length, and nothing overflows. */
  @Test
  void theLargestTreesHavePathsToo() {
    SubtreeHashes made =
        (level, index) -> Hash.of(NaiveTree.sha256((level + ":" + index).getBytes(US_ASCII)));
    for (long size : new long[] {1L << 62, (1L << 62) - 1, (1L << 61) + 1, (1L << 40) - 1}) {
      for (long index : new long[] {0, 1, size / 2, size - 2, size - 1}) {
        List<Hash> path = TreeProofs.inclusion(index, size, made);
        assertTrue(path.size() <= TreeProofs.PATH_MAX, "path of " + path.size());
      }
      Hash root = TreeProofs.root(size, made);
      Hash last = made.at(0, size - 1);
      if ((size & 1) == 1) {
        List<Hash> path = TreeProofs.inclusion(size - 1, size, made);
        assertTrue(TreeProofs.includes(last, size - 1, size, path, root));
      }
      assertTrue(TreeProofs.consistency(size / 2 + 1, size, made).size() <= TreeProofs.PATH_MAX);
    }
  }

  static Hash flipped(Hash hash, int bit) {
    byte[] bytes = hash.bytes();
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));
    return Hash.of(bytes);
  }
}
