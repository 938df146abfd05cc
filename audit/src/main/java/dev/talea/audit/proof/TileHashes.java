// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Hashes of complete subtrees, out of tiles: each is the root over a part of one tile. A path from
 * any of ten million records reads six tiles at most: one of each level on its way, and one of each
 * level at the right edge.
 *
 * <p>Tiles are derived and may be damaged. What is made of them is no proof before {@link
 * TreeProofs#includes} has said so, with the head of the log.
 *
 * <p>Keeps the last few tiles it read, some hundred kilobytes. One thread at a time.
 */
public final class TileHashes implements SubtreeHashes {
  /** Both edges of all levels: a path never needs a tile twice that is not kept. */
  private static final int KEPT_MAX = 2 * Tile.LEVELS;

  private final long size;
  private final TileReader reader;
  private final TreeHasher hasher = new TreeHasher();
  private final Map<Tile, byte[]> kept = new LinkedHashMap<>(32, 0.75f, true);

  /**
   * Hashes of a tree of so many leaves.
   *
   * @param size says how wide the tiles at the right edge are
   */
  public TileHashes(long size, TileReader reader) {
    this.size = size;
    this.reader = reader;
  }

  @Override
  public Hash at(int level, long index) {
    int tileLevel = level / Tile.HEIGHT;
    int height = level % Tile.HEIGHT;
    long first = index << height;
    int count = 1 << height;
    long tileIndex = first / Tile.WIDTH;
    int offset = (int) (first % Tile.WIDTH);
    Tile tile = Tile.in(size, tileLevel, tileIndex);
    if (tile == null || offset + count > tile.width()) {
      throw new IllegalArgumentException(
          "a tree of %d leaves has no complete subtree %d at level %d"
              .formatted(size, index, level));
    }
    return hasher.root(hashes(tile), offset * Hash.BYTES, count);
  }

  private byte[] hashes(Tile tile) {
    byte[] hashes = kept.get(tile);
    if (hashes == null) {
      hashes = reader.read(tile);
      if (hashes.length < tile.bytes()) {
        throw new MalformedException(
            "tile %s has %d bytes instead of %d: it is cut short; tiles are derived, build them again"
                .formatted(tile.path(), hashes.length, tile.bytes()));
      }
      if (kept.size() == KEPT_MAX) {
        kept.remove(kept.keySet().iterator().next());
      }
      kept.put(tile, hashes);
    }
    return hashes;
  }
}
