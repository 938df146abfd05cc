// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.UUID;

/**
 * Transaction ids: a UUIDv7 (RFC 9562) made of commit time, the book's tag and the seq, so it needs
 * no random source to make and no index to find.
 *
 * <pre>
 *  48 bits  commit time, ms            4 bits  7
 *  12 bits  the µs within that ms, scaled to 4096ths (RFC 9562 section 6.2, method 3)
 *   2 bits  variant                   30 bits  tag of the book        32 bits  seq, low half
 * </pre>
 *
 * <p>Within a book no two are alike: seqs that share the low half are 2^32 commits apart. Between
 * books of one store the tags differ.
 *
 * <p>Stateless; any thread.
 */
public final class TxId {
  /** Bits of a book's tag. */
  public static final int TAG_BITS = 30;

  /** The largest tag. */
  public static final int TAG_MASK = (1 << TAG_BITS) - 1;

  private static final long VERSION = 0x7000;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private TxId() {}

  /** The id of the transaction with this commit time, in microseconds, book and seq. */
  public static UUID of(long atMicros, int tag, long seq) {
    long millis = Math.floorDiv(atMicros, 1000);
    long fraction = Math.floorMod(atMicros, 1000) * 4096L / 1000;
    return new UUID(
        (millis << 16) | VERSION | fraction,
        VARIANT | ((long) (tag & TAG_MASK) << 32) | (seq & 0xFFFF_FFFFL));
  }

  /** Whether an id could be one of ours at all. */
  public static boolean plausible(UUID id) {
    return id.version() == 7 && id.variant() == 2;
  }

  /** The tag of the book. */
  public static int tag(UUID id) {
    return (int) (id.getLeastSignificantBits() >>> 32) & TAG_MASK;
  }

  /** The lower 32 bits of the seq. */
  public static long seqLow(UUID id) {
    return id.getLeastSignificantBits() & 0xFFFF_FFFFL;
  }
}
