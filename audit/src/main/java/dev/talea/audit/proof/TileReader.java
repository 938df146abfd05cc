// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

/** Where tiles lie: a derived file, a folder of static files, an array. */
@FunctionalInterface
public interface TileReader {

  /**
   * The hashes of a tile one behind the other: as many as its width says, or more where the tile
   * has grown meanwhile. Failing to read throws; there is no answer for "not there".
   */
  byte[] read(Tile tile);
}
