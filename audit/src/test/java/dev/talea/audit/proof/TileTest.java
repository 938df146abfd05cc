// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.format.MerkleTree;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tiles by name, built in any steps, and proofs out of them. */
class TileTest {
  /** Tiles in memory; a partial tile replaces a smaller one. */
  private static final class Shelf implements TileReader, TileSink {
    final Map<String, byte[]> tiles = new HashMap<>();
    final Set<Tile> read = new HashSet<>();

    @Override
    public void tile(Tile tile, byte[] hashes) {
      assertEquals(tile.bytes(), hashes.length);
      tiles.put(tile.path(), hashes);
    }

    @Override
    public byte[] read(Tile tile) {
      read.add(tile);
      byte[] hashes = tiles.get(tile.path());
      if (hashes == null) {
        throw new IllegalStateException("there is no " + tile.path());
      }
      return hashes;
    }
  }

  /** A leaf hash that costs nothing to make. */
  private static Hash leaf(long index) {
    byte[] bytes = new byte[32];
    ByteBuffer.wrap(bytes).putLong(index).putLong(~index);
    return Hash.of(bytes);
  }

  @Test
  void namesAreThoseOfTheSpecification() {
    assertEquals("tile/0/x001/x234/067", new Tile(0, 1_234_067, 256).path());
    assertEquals("tile/2/000.p/17", new Tile(2, 0, 17).path());
    assertEquals("tile/entries/x001/000.p/255", new Tile(0, 1000, 255).entriesPath());
    for (Tile tile :
        List.of(
            new Tile(0, 0, 1),
            new Tile(1, 999, 256),
            new Tile(7, 1000, 9),
            new Tile(0, (1L << 55) - 1, 256))) {
      assertEquals(tile, Tile.of(tile.path()));
    }
    for (String wrong :
        List.of(
            "tile/0/1",
            "tile/0/x000/001",
            "tile/8/001",
            "tile/0/001.p/0",
            "tile/0/001.p/01",
            "tile/0/001.p/256",
            "tile/0/001.p/300",
            "tile/00/001",
            "tile/0/001/",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
            "../tile/0/001")) {
      assertNull(Tile.of(wrong), wrong);
    }
    assertThrows(IllegalArgumentException.class, () -> new Tile(0, 0, 257));
    assertThrows(IllegalStateException.class, () -> new Tile(1, 0, 3).entriesPath());
  }

  /** The example of the specification: 70,000 leaves. */
  @Test
  void aTreeHasTheTilesThatTheSpecificationCounts() {
    Shelf shelf = new Shelf();
    TileBuilder builder = new TileBuilder(shelf);
    for (int i = 0; i < 70_000; i++) {
      builder.add(leaf(i));
    }
    assertEquals(273 + 1, shelf.tiles.size());
    builder.partial();
    assertEquals(273 + 1 + 3, shelf.tiles.size());
    assertTrue(shelf.tiles.containsKey("tile/0/273.p/112"));
    assertTrue(shelf.tiles.containsKey("tile/1/000"));
    assertTrue(shelf.tiles.containsKey("tile/1/001.p/17"));
    assertTrue(shelf.tiles.containsKey("tile/2/000.p/1"));
  }

  @Test
  @Tag("slow")
  void rootsAndPathsOutOfTilesAreThoseOfTheTree() {
    Shelf shelf = new Shelf();
    TileBuilder builder = new TileBuilder(shelf);
    NaiveTree tree = new NaiveTree();
    Set<Integer> looked =
        Set.of(1, 2, 255, 256, 257, 511, 512, 513, 700, 65_535, 65_536, 65_537, 66_000);
    for (int size = 1; size <= 66_000; size++) {
      builder.add(leaf(size - 1));
      tree.leaves.add(leaf(size - 1).bytes());
      if (!looked.contains(size)) {
        continue;
      }
      builder.partial();
      Hash root = tree.root(size);
      assertEquals(root, builder.root(), "size " + size);
      TileHashes hashes = new TileHashes(size, shelf);
      assertEquals(root, TreeProofs.root(size, hashes), "size " + size);
      for (int index = 0; index < size; index += Math.max(1, size / 37)) {
        List<Hash> path = TreeProofs.inclusion(index, size, hashes);
        assertTrue(TreeProofs.includes(leaf(index), index, size, path, root));
        List<Hash> proof = TreeProofs.consistency(index + 1, size, hashes);
        Hash old = TreeProofs.root(index + 1, new TileHashes(size, shelf));
        assertTrue(TreeProofs.extendsTree(index + 1, old, size, root, proof));
      }
    }
  }

  @Test
  void theLogsOwnTreeHasTheSameRoot() {
    MerkleTree tree = new MerkleTree();
    TileBuilder builder = new TileBuilder((tile, hashes) -> {});
    for (int i = 0; i < 300; i++) {
      byte[] provenPart = NaiveTree.provenPart(i);
      byte[] seq = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(i + 1).array();
      tree.append(NaiveTree.join(seq, provenPart), 0, 8, provenPart.length);
      builder.add(Leaf.hash(i + 1, provenPart));
      assertArrayEquals(tree.root(), builder.root().bytes(), "size " + (i + 1));
    }
  }

  @Test
  void buildingGoesOnFromTilesAtAnySize() {
    for (int stop : new int[] {0, 1, 255, 256, 257, 65_535, 65_536, 65_800}) {
      Shelf shelf = new Shelf();
      TileBuilder first = new TileBuilder(shelf);
      for (int i = 0; i < stop; i++) {
        first.add(leaf(i));
      }
      first.partial();
      TileBuilder second = TileBuilder.resume(stop, shelf, shelf);
      assertEquals(first.root(), second.root());
      for (int i = stop; i < stop + 600; i++) {
        first.add(leaf(i));
        second.add(leaf(i));
      }
      assertEquals(first.root(), second.root());
      assertEquals(stop + 600, second.size());
    }
  }

  @Test
  @Tag("slow")
  void aProofOfAnyOfManyReadsAHandfulOfTiles() {
    // Three levels of tiles, as any size from 65,537 to 16,777,216 has.
    // The tiles of level 0 are made when they are asked for: the tree is all there, but for memory.
    long size = 1_200_000;
    Map<String, byte[]> upper = new HashMap<>();
    TileBuilder builder =
        new TileBuilder(
            (tile, hashes) -> {
              if (tile.level() > 0) {
                upper.put(tile.path(), hashes);
              }
            });
    byte[] leaf = new byte[32];
    for (long i = 0; i < size; i++) {
      ByteBuffer.wrap(leaf).putLong(i).putLong(~i);
      builder.add(leaf, 0);
    }
    builder.partial();
    Set<Tile> read = new HashSet<>();
    TileReader reader =
        tile -> {
          read.add(tile);
          if (tile.level() > 0) {
            return Objects.requireNonNull(upper.get(tile.path()));
          }
          byte[] hashes = new byte[tile.bytes()];
          for (int i = 0; i < tile.width(); i++) {
            ByteBuffer.wrap(hashes, i * 32, 32)
                .putLong(tile.index() * 256 + i)
                .putLong(~(tile.index() * 256 + i));
          }
          return hashes;
        };
    Hash root = builder.root();
    for (long index : new long[] {0, 1, 599_999, 1_048_575, 1_048_576, 1_199_998, 1_199_999}) {
      read.clear();
      List<Hash> path = TreeProofs.inclusion(index, size, new TileHashes(size, reader));
      assertTrue(TreeProofs.includes(leaf(index), index, size, path, root));
      assertTrue(read.size() <= 6, "read " + read);
    }
  }

  @Test
  void aTileThatIsCutShortIsNamed() {
    Shelf shelf = new Shelf();
    TileBuilder builder = new TileBuilder(shelf);
    for (int i = 0; i < 300; i++) {
      builder.add(leaf(i));
    }
    builder.partial();
    shelf.tiles.computeIfPresent("tile/0/001.p/44", (name, all) -> Arrays.copyOf(all, 44 * 31));
    TileHashes hashes = new TileHashes(300, shelf);
    assertEquals(
        "tile tile/0/001.p/44 has 1364 bytes instead of 1408: it is cut short; tiles are derived,"
            + " build them again",
        assertThrows(MalformedException.class, () -> TreeProofs.root(300, hashes)).getMessage());
    assertThrows(MalformedException.class, () -> TileBuilder.resume(300, shelf, shelf));
    assertThrows(IllegalArgumentException.class, () -> hashes.at(8, 1));
    assertThrows(IllegalArgumentException.class, () -> hashes.at(0, 300));
  }

  @Test
  void aTileThatHasGrownServesTheSmallerTreeToo() {
    Shelf shelf = new Shelf();
    TileBuilder builder = new TileBuilder(shelf);
    for (int i = 0; i < 256; i++) {
      builder.add(leaf(i));
    }
    byte[] full = Objects.requireNonNull(shelf.tiles.get("tile/0/000"));
    TileHashes hashes = new TileHashes(100, tile -> full.clone());
    TileHashes exact = new TileHashes(100, tile -> Arrays.copyOf(full, tile.bytes()));
    assertEquals(TreeProofs.root(100, exact), TreeProofs.root(100, hashes));
    assertArrayEquals(exact.at(2, 3).bytes(), hashes.at(2, 3).bytes());
  }
}
