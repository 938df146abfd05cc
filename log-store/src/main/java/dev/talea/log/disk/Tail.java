// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.LogDamagedException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Bytes;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What lies behind the last whole block of the last segment, and what follows from it.
 *
 * <p>One block at a time is on its way to the disk, and space ahead of it is zeros. So after a
 * crash there are whole blocks, then possibly a torn one, then zeros. Anything that shows that a
 * <em>later</em> block was begun proves that the one before had been synced, and then its bytes are
 * not torn but damaged:
 *
 * <ul>
 *   <li>a valid block header further on,
 *   <li>bytes other than zero behind the end of the block, if its header is valid and so says where
 *       it ends.
 * </ul>
 *
 * @param end offset behind the last whole block
 * @param garbageEnd offset behind the last byte that is not zero, or {@code end} if all are
 */
record Tail(long end, long garbageEnd) {

  private static final int CHUNK = 1 << 16;

  /** Whether a block was torn here. */
  boolean torn() {
    return garbageEnd > end;
  }

  /**
   * Passes all blocks of the last segment and judges what is behind them.
   *
   * @throws LogDamagedException if it is not the end
   */
  static Tail find(SegmentWindow window, BlockScan scan) {
    return find(window, scan, bytes -> {});
  }

  /**
   * As above.
   *
   * @param passedBytes told of each block that has been passed
   */
  static Tail find(SegmentWindow window, BlockScan scan, LongConsumer passedBytes) {
    long limit = window.fileLength();
    while (true) {
      BlockHeader passed;
      do {
        passed = scan.next(limit);
        passedBytes.accept(passed == null ? 0 : passed.length());
      } while (passed != null);
      Tail tail = new Tail(scan.offset(), garbageEnd(window, scan.offset(), limit));
      String proof = proofOfLaterBlock(window, scan, tail, limit);
      if (proof == null) {
        return tail;
      }
      // Beside a running writer the block may have been finished, and the next one begun, between
      // the two looks. Then there is no damage, only progress.
      String follows = ", so this is not a torn write but damage to acknowledged data";
      LogDamagedException damage = scan.damage(limit, "; " + proof + follows);
      window.forget();
      if (scan.next(limit) == null) {
        throw damage;
      }
    }
  }

  private static @Nullable String proofOfLaterBlock(
      SegmentWindow window, BlockScan scan, Tail tail, long limit) {
    BlockHeader torn = scan.headerAt(tail.end, limit);
    if (torn != null && tail.garbageEnd > tail.end + torn.length()) {
      return "something was written behind it, up to byte " + tail.garbageEnd;
    }
    byte[] chunk = new byte[CHUNK + Integer.BYTES];
    for (long from = tail.end + Bytes.ALIGNMENT; from < tail.garbageEnd; from += CHUNK) {
      int length = (int) Math.min(chunk.length, limit - from);
      window.read(from, chunk, 0, length);
      for (int at = 0; at + Integer.BYTES <= length && at < CHUNK; at += Bytes.ALIGNMENT) {
        if (BlockHeader.hasMagic(chunk, at) && scan.headerAt(from + at, limit) != null) {
          return "there is a valid block header at byte " + (from + at);
        }
      }
    }
    return null;
  }

  /** Offset behind the last byte that is not zero between two offsets. */
  static long garbageEnd(SegmentWindow window, long from, long limit) {
    byte[] chunk = new byte[CHUNK];
    long end = from;
    for (long at = from; at < limit; at += CHUNK) {
      int length = (int) Math.min(CHUNK, limit - at);
      window.read(at, chunk, 0, length);
      if (!Bytes.allZero(chunk, 0, length)) {
        int last = length;
        while (chunk[last - 1] == 0) {
          last--;
        }
        end = at + last;
      }
    }
    return end;
  }
}
