// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes tiles of leaf hashes that come in order. Holds one tile that is being filled per level, 64
 * KiB in all, however many leaves there are; a tile that is full is handed out and hashed into the
 * level above. One thread at a time.
 */
public final class TileBuilder {
  private final TileSink sink;
  private final TreeHasher hasher = new TreeHasher();
  private final byte[][] filling = new byte[Tile.LEVELS][Tile.WIDTH * Hash.BYTES];
  private long size;

  /** A tree without leaves. */
  public TileBuilder(TileSink sink) {
    this.sink = sink;
  }

  /**
   * Goes on where tiles end.
   *
   * @param size how many leaves the tiles hold
   * @param reader is asked for the partial tiles at the right edge, one per level
   */
  public static TileBuilder resume(long size, TileReader reader, TileSink sink) {
    TileBuilder builder = new TileBuilder(sink);
    builder.size = size;
    for (int level = 0; level < Tile.LEVELS; level++) {
      Tile tile = builder.edge(level);
      if (tile != null) {
        byte[] hashes = reader.read(tile);
        if (hashes.length < tile.bytes()) {
          throw new MalformedException(
              "tile %s has %d bytes instead of %d: it is cut short; build the tiles from the start"
                  .formatted(tile.path(), hashes.length, tile.bytes()));
        }
        System.arraycopy(hashes, 0, builder.filling[level], 0, tile.bytes());
      }
    }
    return builder;
  }

  /** How many leaves there are. */
  public long size() {
    return size;
  }

  /** Adds the hash of the next leaf. */
  public void add(Hash leaf) {
    add(leaf.shared(), 0);
  }

  /** Adds the hash of the next leaf, the 32 bytes at an offset. */
  public void add(byte[] hashes, int offset) {
    put(0, hashes, offset);
    size++;
  }

  /** Puts a hash behind those of a level; {@link #size} does not count its leaves yet. */
  private void put(int level, byte[] hashes, int offset) {
    long before = size >>> (Tile.HEIGHT * level);
    int width = (int) (before % Tile.WIDTH);
    byte[] tile = filling[level];
    System.arraycopy(hashes, offset, tile, width * Hash.BYTES, Hash.BYTES);
    if (width == Tile.WIDTH - 1) {
      sink.tile(new Tile(level, before / Tile.WIDTH, Tile.WIDTH), tile.clone());
      put(level + 1, hasher.root(tile, 0, Tile.WIDTH).shared(), 0);
    }
  }

  /** Hands out the tiles that are not full as they are now. More leaves may follow. */
  public void partial() {
    for (int level = 0; level < Tile.LEVELS; level++) {
      Tile tile = edge(level);
      if (tile != null) {
        sink.tile(tile, Arrays.copyOf(filling[level], tile.bytes()));
      }
    }
  }

  /** The root over all leaves so far, for comparing with the head of the log. */
  public Hash root() {
    // Only complete subtrees at the right edge are asked for, and these lie in what is being
    // filled.
    return TreeProofs.root(
        size,
        (level, index) -> {
          int first = (int) ((index << (level % Tile.HEIGHT)) % Tile.WIDTH);
          return hasher.root(
              filling[level / Tile.HEIGHT], first * Hash.BYTES, 1 << (level % Tile.HEIGHT));
        });
  }

  /** The tile at the right edge of a level, or null if it has no hash yet. */
  private @Nullable Tile edge(int level) {
    long hashes = size >>> (Tile.HEIGHT * level);
    return hashes % Tile.WIDTH == 0 ? null : Tile.in(size, level, hashes / Tile.WIDTH);
  }
}
