// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds and checks block headers of a log by position, and searches them. Safe for use by many
 * threads; holds nothing but the segments.
 */
public final class Blocks {

  private final Segments<?> segments;

  public Blocks(Segments<?> segments) {
    this.segments = segments;
  }

  /** The header at a position where there must be one. */
  public BlockHeader at(long position) {
    Segment segment = segments.holding(position);
    BlockHeader header = headerIn(segment, position);
    if (header == null) {
      throw Damage.at(
          segment, position, "there is no valid block header, although the log has one");
    }
    return header;
  }

  public static @Nullable BlockHeader headerIn(Segment segment, long position) {
    byte[] bytes = new byte[BlockHeader.BYTES];
    segment.read(position - segment.base(), bytes, 0, BlockHeader.BYTES);
    return BlockHeader.decode(bytes, 0, segment.header().salt(), position);
  }

  /** The last block, going back from one, that has a record not behind this seq; null if none. */
  @Nullable BlockHeader firstNotAfterSeq(long fromPosition, long seq) {
    BlockHeader block = fromPosition == 0 ? null : at(fromPosition);
    while (block != null && block.firstSeq() > seq) {
      BlockHeader jump = jumpOf(block);
      block = jump != null && jump.firstSeq() > seq ? jump : previousOf(block);
    }
    return block;
  }

  /** The last block, going back from one, that was committed at or before a moment; or null. */
  @Nullable BlockHeader firstNotAfterTime(long fromPosition, long micros) {
    BlockHeader block = fromPosition == 0 ? null : at(fromPosition);
    while (block != null && block.time() > micros) {
      BlockHeader jump = jumpOf(block);
      block = jump != null && jump.time() > micros ? jump : previousOf(block);
    }
    return block;
  }

  /** The spine that goes on from this block. */
  JumpSpine spineFrom(long position) {
    long[] numbers = new long[128]; // the path has at most two entries per bit of the block number
    long[] positions = new long[128];
    int depth = 0;
    for (long at = position; at != 0; ) {
      BlockHeader block = at(at);
      numbers[depth] = block.number();
      positions[depth++] = at;
      at = block.jump();
    }
    return JumpSpine.ofPath(Arrays.copyOf(numbers, depth), Arrays.copyOf(positions, depth));
  }

  private @Nullable BlockHeader jumpOf(BlockHeader block) {
    return block.jump() == 0 ? null : at(block.jump());
  }

  private @Nullable BlockHeader previousOf(BlockHeader block) {
    return block.previous() == 0 ? null : at(block.previous());
  }
}
