package dev.talea.jdbc;

import java.util.UUID;

/**
 * Transaction ids: a UUIDv7 (RFC 9562) made of commit time, the book's number and the seq, so that
 * finding a transaction by its id needs no index of its own.
 *
 * <pre>
 *  48 bits  commit time, ms            4 bits  7
 *  12 bits  the µs within that ms, scaled to 4096ths (RFC 9562 section 6.2, method 3)
 *   2 bits  variant                   30 bits  number of the book     32 bits  seq, low half
 * </pre>
 *
 * <p>Stateless; any thread.
 */
final class TxId {
  /** The largest number a book may have. */
  static final int BOOK_MAX = (1 << 30) - 1;

  private static final long VERSION = 0x7000;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long LOW = 0xFFFF_FFFFL;

  private TxId() {}

  static UUID of(long atMicros, int book, long seq) {
    long millis = Math.floorDiv(atMicros, 1000);
    long fraction = Math.floorMod(atMicros, 1000) * 4096L / 1000;
    return new UUID(
        (millis << 16) | VERSION | fraction, VARIANT | ((long) book << 32) | (seq & LOW));
  }

  /** Whether an id could be one of ours at all. */
  static boolean plausible(UUID id) {
    return id.version() == 7 && id.variant() == 2;
  }

  /** The number of the book. */
  static int book(UUID id) {
    return (int) (id.getLeastSignificantBits() >>> 32) & BOOK_MAX;
  }

  /** The lower 32 bits of the seq. */
  static long seqLow(UUID id) {
    return id.getLeastSignificantBits() & LOW;
  }
}
