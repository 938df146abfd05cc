// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

/** Takes tiles that {@link TileBuilder} has made. */
@FunctionalInterface
public interface TileSink {

  /**
   * A tile.
   *
   * @param hashes one behind the other, as many as the tile is wide; the receiver's own
   */
  void tile(Tile tile, byte[] hashes);
}
