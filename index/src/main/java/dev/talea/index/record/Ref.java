// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.ledger.Limits;

/**
 * Names one entry of one record in 64 bits: a posting, or a totals line. The links of the chains
 * are refs.
 *
 * <p>Upper 50 bits: position of the record in its log, in units of 8 bytes (records are 8-aligned).
 * Lower 14 bits: index of the entry among its kind. The kind is not in it, because a chain never
 * mixes kinds. 0 means none: position 0 is a segment's header and never a record.
 */
public final class Ref {
  public static final long NONE = 0;

  private static final int INDEX_BITS = 14;
  private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;
  private static final int ALIGNMENT_BITS = 3;

  /** First position too far out to be named: 2^53 bytes, 8 PiB of one book. */
  private static final long POSITION_END = 1L << (64 - INDEX_BITS + ALIGNMENT_BITS);

  static {
    if (Limits.POSTINGS_MAX > INDEX_MASK + 1) {
      throw new AssertionError("a ref cannot number the postings of the largest transaction");
    }
  }

  private Ref() {}

  public static long of(long position, int index) {
    if (position <= 0 || position >= POSITION_END || (position & 7) != 0) {
      throw new IllegalStateException(
          "record position "
              + position
              + " cannot be named: must be 8-aligned, above 0, below 2^53");
    }
    return ((position >>> ALIGNMENT_BITS) << INDEX_BITS) | index;
  }

  static long position(long ref) {
    return (ref >>> INDEX_BITS) << ALIGNMENT_BITS;
  }

  static int index(long ref) {
    return (int) ref & INDEX_MASK;
  }
}
