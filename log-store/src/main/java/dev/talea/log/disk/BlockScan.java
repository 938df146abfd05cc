// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.LogDamagedException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Bytes;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.Crc;
import dev.talea.log.format.Damage;
import dev.talea.log.format.RecordFormat;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.TreeCheckpoint;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks the blocks of one segment from its start, checking every byte against a {@link ChainState}.
 *
 * <p>Separate from the cursor because it checks more (tree roots, every record) and because it is
 * what recovery and verification have in common; they differ in what they do where it stops. Owned
 * by one thread.
 */
final class BlockScan {

  /** A length that may be damaged is not made room for beyond this. */
  private static final int BODY_SHOWN_MAX = 1 << 20;

  private final SegmentWindow window;
  private final MappedSegment segment;
  private final ChainState chain;
  private long offset = SegmentHeader.BYTES;
  private long lastBlockOffset;
  private final byte[] header = new byte[BlockHeader.BYTES];
  private byte[] body = new byte[1 << 12];

  /** Begins behind the header of a segment, with the state that belongs there. */
  BlockScan(SegmentWindow window, ChainState chain) {
    this.window = window;
    this.segment = window.segment();
    this.chain = chain;
  }

  /** Where the next block would begin, or where the blocks end. */
  long offset() {
    return offset;
  }

  /** Where the last whole block begins, 0 if there was none in this segment. */
  long lastBlockOffset() {
    return lastBlockOffset;
  }

  /**
   * Passes one block.
   *
   * @param limit offset at which blocks must have ended
   * @return its header, or null if the bytes here are not a whole block
   * @throws LogDamagedException if it is a whole block that does not belong here
   */
  @Nullable BlockHeader next(long limit) {
    BlockHeader header = wholeBlockAt(offset, limit);
    if (header == null) {
      return null;
    }
    String wrong = chain.contradiction(header);
    if (wrong.isEmpty()) {
      wrong = contradictionInBody(header);
    }
    if (!wrong.isEmpty()) {
      throw Damage.at(
          segment, header.position(), "its checksums are right, but the block has " + wrong);
    }
    chain.advance(header);
    chain.hash(body, header.count());
    lastBlockOffset = offset;
    offset += header.length();
    return header;
  }

  /** The bytes of the block that {@link #next} passed last: those that it checked. */
  byte[] block(BlockHeader passed) {
    byte[] block = Arrays.copyOf(header, BlockHeader.BYTES + passed.bodyLength());
    System.arraycopy(body, 0, block, BlockHeader.BYTES, passed.bodyLength());
    return block;
  }

  /**
   * Passes all blocks up to the close mark of a checkpoint without hashing their records. Every
   * byte is still covered by a checksum that is looked at.
   *
   * @return false if the checkpoint does not belong to what is here, or anything else is not as it
   *     should be. Then it is not known where this is: begin again, with {@link #next}, which finds
   *     out
   */
  boolean skipTo(TreeCheckpoint known, long limit) {
    byte[] root = known.tree().root();
    while (segment.base() + offset <= known.closeMark()) {
      BlockHeader header = wholeBlockAt(offset, limit);
      if (header == null || !chain.contradictionBesideTree(header).isEmpty()) {
        return false;
      }
      chain.advance(header);
      lastBlockOffset = offset;
      offset += header.length();
      if (header.position() == known.closeMark()) {
        boolean matches =
            header.isCloseMark()
                && header.treeSize() == known.tree().size()
                && Arrays.equals(header.treeRoot(), root);
        if (matches) {
          chain.goOnFrom(known.tree());
        }
        return matches;
      }
    }
    return false;
  }

  /**
   * What is wrong with the bytes where {@link #next} found no whole block, and which record it is
   * in if that can be told: each has a checksum of its own.
   */
  LogDamagedException damage(long limit, String proof) {
    String what = describe(limit) + proof;
    BlockHeader block = headerAt(offset, limit);
    long position = segment.base() + offset;
    if (block == null || block.endPosition() - segment.base() > limit) {
      return Damage.ofRecord(segment, position, what, chain.nextSeq(), firstRecord(limit));
    }
    long at = 0;
    for (int i = 0; i < block.count(); i++) {
      long seq = block.firstSeq() + i;
      int start = (int) at;
      if (at + RecordFormat.HEADER_BYTES > block.bodyLength()) {
        break;
      }
      int length = Bytes.getInt(body, start + RecordFormat.LENGTH_AT);
      long recordAt = block.position() + BlockHeader.BYTES + at;
      boolean fits = length >= 0 && at + RecordFormat.size(length) <= block.bodyLength();
      if (!fits || recordCrc(recordAt, start, length) != storedCrc(start)) {
        int payloadAt = start + RecordFormat.HEADER_BYTES;
        byte[] payload = fits ? Arrays.copyOfRange(body, payloadAt, payloadAt + length) : null;
        String which =
            "; of its records the one of seq "
                + seq
                + ", at byte "
                + (recordAt - segment.base())
                + ", has changed";
        return Damage.ofRecord(segment, position, what + which, seq, payload);
      }
      at += RecordFormat.size(length);
    }
    return Damage.at(segment, position, what); // in the zeros between records, or in the checksum
  }

  /** Payload of the record behind a header that is damaged, if that record is whole. */
  private byte @Nullable [] firstRecord(long limit) {
    long at = offset + BlockHeader.BYTES;
    if (at + RecordFormat.HEADER_BYTES > limit) {
      return null;
    }
    body = new byte[RecordFormat.HEADER_BYTES];
    window.read(at, body, 0, body.length);
    int length = Bytes.getInt(body, RecordFormat.LENGTH_AT);
    if (Bytes.getLong(body, RecordFormat.SEQ_AT) != chain.nextSeq()
        || length < 0
        || RecordFormat.size(length) > Math.min(limit - at, BODY_SHOWN_MAX)) {
      return null;
    }
    body = new byte[RecordFormat.HEADER_BYTES + length];
    window.read(at, body, 0, body.length);
    return recordCrc(segment.base() + at, 0, length) == storedCrc(0)
        ? Arrays.copyOfRange(body, RecordFormat.HEADER_BYTES, body.length)
        : null;
  }

  private int storedCrc(int start) {
    return Bytes.getInt(body, start + RecordFormat.CRC_AT);
  }

  private int recordCrc(long position, int start, int length) {
    return Crc.placed(
        segment.header().salt(),
        position,
        body,
        start + RecordFormat.LENGTH_AT,
        RecordFormat.HEADER_BYTES - RecordFormat.LENGTH_AT + length);
  }

  /** Says what is wrong with the bytes where {@link #next} found no whole block. */
  private String describe(long limit) {
    BlockHeader header = headerAt(offset, limit);
    if (header == null) {
      return "there is no valid block header for seq " + chain.nextSeq();
    }
    if (header.endPosition() - segment.base() > limit) {
      return "the block of seq " + header.firstSeq() + " is longer than its segment";
    }
    return "the block of seq "
        + header.firstSeq()
        + " to "
        + header.lastSeq()
        + " has stored CRC "
        + Crc.hex(header.bodyCrc())
        + ", computed "
        + Crc.hex(Crc.plain(body, 0, header.bodyLength()));
  }

  /** A valid header here, whatever its body; null if there is none. */
  @Nullable BlockHeader headerAt(long at, long limit) {
    if (at + BlockHeader.BYTES > limit) {
      return null;
    }
    window.read(at, header, 0, BlockHeader.BYTES);
    return BlockHeader.decode(header, 0, segment.header().salt(), segment.base() + at);
  }

  private @Nullable BlockHeader wholeBlockAt(long at, long limit) {
    BlockHeader header = headerAt(at, limit);
    if (header == null || at + header.length() > limit) {
      return null;
    }
    int length = header.bodyLength();
    if (body.length < length) {
      body = new byte[Math.max(length, body.length * 2)];
    }
    window.read(at + BlockHeader.BYTES, body, 0, length);
    return Crc.plain(body, 0, length) == header.bodyCrc() ? header : null;
  }

  private String contradictionInBody(BlockHeader header) {
    if (header.isCloseMark() != (header.count() == 0)) {
      return header.count() + " records and flags " + header.flags();
    }
    long at = 0;
    for (int i = 0; i < header.count(); i++) {
      if (at + RecordFormat.HEADER_BYTES > header.bodyLength()) {
        return "fewer records than it says";
      }
      int start = (int) at;
      int length = Bytes.getInt(body, start + RecordFormat.LENGTH_AT);
      if (length < 0 || at + RecordFormat.size(length) > header.bodyLength()) {
        return "a record that is longer than the block";
      }
      if (Bytes.getLong(body, start + RecordFormat.SEQ_AT) != header.firstSeq() + i) {
        return "a record out of sequence";
      }
      if (recordCrc(header.position() + BlockHeader.BYTES + at, start, length)
          != storedCrc(start)) {
        return "a record with a wrong CRC";
      }
      if (!RecordFormat.possible(body, start)) {
        return "a record whose proven part is longer than it";
      }
      at += RecordFormat.size(length);
    }
    return at == header.bodyLength() ? "" : "bytes behind its records";
  }
}
