// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogCursor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The cursor over a {@link DurableReader}: copies one block at a time out of its segment, checks it
 * as a whole, and steps through it. Owned by one thread.
 */
final class RecordCursor implements LogCursor {

  private final DurableReader reader;

  // The chain as passed so far.
  private long nextBlock;
  private long previousBlock;
  private long wantedSeq;

  // The block at hand.
  private byte[] body = new byte[1 << 12];
  private ByteBuffer view = viewOf(body);
  private long bodyPosition;
  private int bodyLength;
  private int nextRecord;
  private long time;

  // The record at hand.
  private boolean onRecord;
  private long seq;
  private int start;
  private int length;

  /**
   * Begins at a block.
   *
   * @param block its position, or the end of the log
   * @param previous position of the block before it, 0 if none
   * @param fromSeq records before this one are passed over
   */
  RecordCursor(DurableReader reader, long block, long previous, long fromSeq) {
    this.reader = reader;
    this.nextBlock = block;
    this.previousBlock = previous;
    this.wantedSeq = fromSeq;
  }

  @Override
  public boolean next() {
    onRecord = false;
    do {
      while (nextRecord >= bodyLength) {
        if (!nextBlock()) {
          return false;
        }
      }
      step();
    } while (seq < wantedSeq);
    wantedSeq = seq + 1;
    onRecord = true;
    return true;
  }

  private boolean nextBlock() {
    try {
      return readBlock();
    } catch (InternalError e) {
      throw Damage.undelivered(reader, e);
    }
  }

  private void step() {
    start = nextRecord;
    length = Bytes.getInt(body, start + RecordFormat.LENGTH_AT);
    seq = Bytes.getLong(body, start + RecordFormat.SEQ_AT);
    nextRecord = (int) Math.min(start + RecordFormat.size(length), Integer.MAX_VALUE);
    if (length < 0
        || nextRecord > bodyLength
        || seq > wantedSeq
        || !RecordFormat.possible(body, start)) {
      throw Damage.at(
          reader.segments().holding(bodyPosition),
          bodyPosition + start,
          "the record does not fit its block, although the checksum of the block is right");
    }
  }

  /** Gets the next block whole into {@link #body}; false at the end of what is durable. */
  private boolean readBlock() {
    Head head = reader.head();
    if (nextBlock >= head.end()) {
      return false;
    }
    Segment segment = reader.segments().holding(nextBlock);
    long position = Math.max(nextBlock, segment.base() + SegmentHeader.BYTES);
    BlockHeader header = Blocks.headerIn(segment, position);
    if (header == null) {
      throw Damage.at(
          segment, position, "there is no valid header of the block of seq " + wantedSeq);
    }
    long end = reader.segments().endOf(segment, head.end());
    if (header.previous() != previousBlock
        || header.endPosition() > end
        || header.firstSeq() > wantedSeq) {
      throw Damage.at(
          segment,
          position,
          "the block of seq "
              + header.firstSeq()
              + " does not follow on the "
              + "block at "
              + previousBlock);
    }
    load(segment, header);
    previousBlock = position;
    nextBlock = header.endPosition();
    return true;
  }

  private void load(Segment segment, BlockHeader header) {
    int size = header.bodyLength();
    if (body.length < size) {
      body = new byte[Math.max(size, body.length * 2)];
      view = viewOf(body);
    }
    bodyPosition = header.position() + BlockHeader.BYTES;
    nextRecord = 0;
    bodyLength = 0; // nothing to step on until the checksum is known to be right
    segment.read(bodyPosition - segment.base(), body, 0, size);
    int computed = Crc.plain(body, 0, size);
    if (computed != header.bodyCrc()) {
      throw Damage.at(
          segment,
          header.position(),
          "the block of seq "
              + header.firstSeq()
              + " to "
              + header.lastSeq()
              + " has stored CRC "
              + Crc.hex(header.bodyCrc())
              + ", computed "
              + Crc.hex(computed));
    }
    bodyLength = size;
    time = header.time();
  }

  private static ByteBuffer viewOf(byte[] bytes) {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  @Override
  public long seq() {
    return checkedOn(seq);
  }

  @Override
  public long position() {
    return checkedOn(bodyPosition + start);
  }

  @Override
  public long commitTime() {
    return checkedOn(time);
  }

  @Override
  public int provenBytes() {
    checkedOn(0);
    return Bytes.getInt(body, start + RecordFormat.PROVEN_LENGTH_AT);
  }

  @Override
  public ByteBuffer payload() {
    checkedOn(0);
    return view.slice(start + RecordFormat.HEADER_BYTES, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long checkedOn(long value) {
    if (!onRecord) {
      throw new IllegalStateException("the cursor is on no record: next() has not returned true");
    }
    return value;
  }
}
