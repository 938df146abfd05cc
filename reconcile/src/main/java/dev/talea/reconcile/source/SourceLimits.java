// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

/**
 * What is read of one file at most, so that none can be made that fills a machine.
 *
 * @param fileBytesMax of the file as it lies there
 * @param unpackedBytesMax of what comes out of a packed file
 * @param ratioMax how many times its size a packed file may be, looked at once it is larger than
 *     {@link #RATIO_FREE_BYTES}; statements pack to about a tenth
 * @param rowCharsMax of one row, with the line breaks in it
 * @param columnsMax of one row
 */
public record SourceLimits(
    long fileBytesMax, long unpackedBytesMax, int ratioMax, int rowCharsMax, int columnsMax) {
  /** Below, a good ratio is no reason for doubt. */
  public static final long RATIO_FREE_BYTES = 16L << 20;

  /** 20 GB, packed or not; rows of a megabyte. */
  public static final SourceLimits DEFAULTS =
      new SourceLimits(20L << 30, 20L << 30, 200, 1 << 20, 1_000);
}
