// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the files that tlog-tiles draws, of entries that come in order: bundles of 256 entries,
 * each behind its length in two bytes, and the tiles over them. Apart from {@link TileBuilder}
 * because that one knows hashes alone, and because entries begin again where a bundle begins.
 *
 * <p>Holds one bundle and one tile per level. One thread at a time.
 */
public final class StaticTiles {
  private static final int ENTRY_BYTES = Short.BYTES + Leaf.DATA_BYTES;

  /** Where the files lie. */
  public interface Place {

    /** The bytes of a file, or null if there is none. */
    byte @Nullable [] read(String path);

    /** Writes a file, in place of one of this name that may be there. */
    void write(String path, byte[] bytes);
  }

  private final Place place;
  private final TileBuilder builder;
  private final ByteBuffer bundle = ByteBuffer.allocate(Tile.WIDTH * ENTRY_BYTES);

  private StaticTiles(Place place, TileBuilder builder) {
    this.place = place;
    this.builder = builder;
  }

  /**
   * Goes on behind the last bundle that is full.
   *
   * @param size how many entries the files hold
   * @throws MalformedException if tiles are missing or cut short
   */
  public static StaticTiles resume(long size, Place place) {
    long full = size / Tile.WIDTH * Tile.WIDTH;
    // Above the leaves a tile is as wide under both sizes, so it is there.
    TileBuilder builder =
        TileBuilder.resume(
            full,
            tile -> {
              byte[] hashes = place.read(tile.path());
              if (hashes == null) {
                throw new MalformedException(tile.path() + " is missing: delete all tiles");
              }
              return hashes;
            },
            (tile, hashes) -> place.write(tile.path(), hashes));
    return new StaticTiles(place, builder);
  }

  /** How many entries there are; the next one to be added has this index. */
  public long size() {
    return builder.size();
  }

  /** Adds the next entry: the data of a leaf. */
  public void add(byte[] leafData) {
    bundle.putShort((short) leafData.length).put(leafData);
    builder.add(Leaf.hash(leafData));
    if (!bundle.hasRemaining()) {
      writeBundle(Tile.WIDTH);
    }
  }

  /**
   * Writes what is not full.
   *
   * @return the root over all entries; nothing may be added any more
   */
  public Hash finish() {
    int width = (int) (size() % Tile.WIDTH);
    if (width > 0) {
      writeBundle(width);
    }
    builder.partial();
    return builder.root();
  }

  private void writeBundle(int width) {
    Tile tile = new Tile(0, (size() - 1) / Tile.WIDTH, width);
    byte[] entries = new byte[width * ENTRY_BYTES];
    bundle.flip().get(entries).clear();
    place.write(tile.entriesPath(), entries);
  }
}
