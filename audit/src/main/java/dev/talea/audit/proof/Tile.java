// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.proof;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which tile: up to 256 hashes that lie side by side in the tree. A hash of level l is the root
 * over 256^l leaves; tile n of a level begins with its hash 256 n. Names it as the specification
 * tlog-tiles does, so that tiles can be served as static files. Immutable.
 *
 * @param level 0 to 7; level 0 holds leaf hashes
 * @param index of the tile within its level, from 0
 * @param width how many hashes, 1 to 256; fewer than 256 only at the right edge of the tree
 */
public record Tile(int level, long index, int width) {
  /** How many hashes a full tile has. */
  public static final int WIDTH = 256;

  /** How many levels of the tree a tile spans. */
  static final int HEIGHT = 8;

  /** 256^8 leaves are more than a seq can count, so a hash of level 8 never exists. */
  static final int LEVELS = 8;

  private static final Pattern PATH =
      Pattern.compile("tile/([0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\\.p/([1-9][0-9]{0,2}))?");

  public Tile {
    if (level < 0 || level >= LEVELS || index < 0 || width < 1 || width > WIDTH) {
      throw new IllegalArgumentException(
          "there is no tile " + index + " of " + width + " hashes at level " + level);
    }
  }

  /** The tile as it is in a tree of so many leaves, or null if it has no hash there yet. */
  public static @Nullable Tile in(long size, int level, long index) {
    long hashes = (size >>> (HEIGHT * level)) - index * WIDTH;
    return hashes <= 0 ? null : new Tile(level, index, (int) Math.min(hashes, WIDTH));
  }

  /** Whether no hash will be added to it. */
  public boolean isFull() {
    return width == WIDTH;
  }

  /** How many bytes its hashes have. */
  public int bytes() {
    return width * Hash.BYTES;
  }

  /** Its name below the prefix of a log, such as {@code tile/0/x001/x234/067.p/12}. */
  public String path() {
    return "tile/" + level + "/" + number() + ending();
  }

  /** The name of the bundle of entries whose leaf hashes a tile of level 0 holds. */
  public String entriesPath() {
    if (level != 0) {
      throw new IllegalStateException("entries belong to tiles of level 0, not " + level);
    }
    return "tile/entries/" + number() + ending();
  }

  /** Groups of three digits, all but the last with an x, so that no file is a folder as well. */
  private String number() {
    StringBuilder number = new StringBuilder("%03d".formatted(index % 1000));
    for (long rest = index / 1000; rest > 0; rest /= 1000) {
      number.insert(0, "x%03d/".formatted(rest % 1000));
    }
    return number.toString();
  }

  private String ending() {
    return isFull() ? "" : ".p/" + width;
  }

  /** The tile of this name, or null if it is not the name of one. */
  public static @Nullable Tile of(String path) {
    Matcher parts = PATH.matcher(path);
    if (!parts.matches()) {
      return null;
    }
    String width = parts.group(3);
    int hashes = width == null ? WIDTH : Integer.parseInt(width);
    if (hashes > WIDTH) {
      return null;
    }
    // Seven groups of three digits may be more than a long holds.
    BigInteger index = new BigInteger(parts.group(2).replaceAll("[x/]", ""));
    if (index.bitLength() > 55) {
      return null;
    }
    Tile tile = new Tile(Integer.parseInt(parts.group(1)), index.longValue(), hashes);
    // Groups of zeros in front would be a second name of the same tile.
    return tile.path().equals(path) ? tile : null;
  }
}
