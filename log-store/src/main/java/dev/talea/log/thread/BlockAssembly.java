// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.BlockBuilder;
import dev.talea.log.ShortageException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Bytes;
import dev.talea.log.format.Crc;
import dev.talea.log.format.RecordFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Builds the bytes of one block after another in a pooled buffer. Owned by the writer thread.
 *
 * <p>Knows where the block will lie but not how it gets there; that is {@link BlockSink}'s.
 */
final class BlockAssembly implements BlockBuilder {

  private static final byte[] NO_RECORD = new byte[0];
  private static final int[] NO_STARTS = new int[0];
  private static final int STARTS_MIN = 64;

  private final BufferPool pool;
  private final int recordBytesMax;
  private @Nullable ByteBuffer buffer;

  // Where the block lies, fixed when it is opened.
  private boolean open;
  private long salt;
  private long position;
  private long firstSeq;
  private long time;
  private int capacity; // bytes of body at most

  // The records so far: starts[i] is where record i begins in the buffer.
  private int[] starts = NO_STARTS;
  private int count;
  private int end; // in the buffer, where the next record begins
  private int payloadMax = -1; // of the record begun, -1 if none is
  private @Nullable ByteBuffer payload;

  BlockAssembly(BufferPool pool, int recordBytesMax) {
    this.pool = pool;
    this.recordBytesMax = recordBytesMax;
  }

  /**
   * Starts an empty block, with a buffer for some of it.
   *
   * @param bodyBytes how long the body may get
   * @param roomBytes for how much of it there is to be a buffer at once
   * @throws ShortageException if there is no memory for that; the block is not open then
   */
  void open(
      long blockSalt, long blockPosition, long seq, long commitTime, int bodyBytes, int roomBytes)
      throws ShortageException {
    shut();
    bufferOf(BlockHeader.BYTES + Math.min(roomBytes, bodyBytes));
    salt = blockSalt;
    position = blockPosition;
    firstSeq = seq;
    time = commitTime;
    capacity = bodyBytes;
    open = true;
  }

  /** Starts an empty block without any room and without a buffer. */
  void openWithoutRoom(long blockSalt, long blockPosition, long seq, long commitTime) {
    shut();
    salt = blockSalt;
    position = blockPosition;
    firstSeq = seq;
    time = commitTime;
    capacity = 0;
    open = true;
  }

  /**
   * Makes the buffer longer, so that {@link #remaining} is at least this much; false if the block
   * may not get so long, or if there is no memory for it. Memory is taken here and never in {@link
   * #begin}, where the handler has decided already.
   */
  boolean makeRoom(int bytes) {
    if (bytes > capacity - bodyLength()) {
      return false;
    }
    try {
      bufferOf(end + bytes);
      return true;
    } catch (ShortageException e) {
      return false;
    }
  }

  boolean isOpen() {
    return open;
  }

  /** The block is written, or given up. */
  void shut() {
    open = false;
    count = 0;
    end = BlockHeader.BYTES;
    payloadMax = -1;
    payload = null;
  }

  /** Gives the memory back; the next block takes it again. */
  void releaseBuffer() {
    shut();
    starts = NO_STARTS;
    if (buffer != null) {
      pool.give(buffer);
      buffer = null;
    }
  }

  int count() {
    return count;
  }

  int bodyLength() {
    return end - BlockHeader.BYTES;
  }

  @Override
  public int remaining() {
    ByteBuffer current = buffer;
    if (!open || current == null) {
      return 0;
    }
    return Math.min(capacity, (current.capacity() - BlockHeader.BYTES) & -Bytes.ALIGNMENT)
        - bodyLength();
  }

  @Override
  public long nextSeq() {
    return firstSeq + count;
  }

  @Override
  public long nextPosition() {
    return position + end;
  }

  @Override
  public long commitTime() {
    return time;
  }

  @Override
  public ByteBuffer begin(int payloadBytesMax) {
    if (payloadMax >= 0) {
      throw new IllegalStateException("the record before was begun and not ended");
    }
    if (payloadBytesMax < 0 || payloadBytesMax > recordBytesMax) {
      throw new IllegalArgumentException(
          "a record of "
              + payloadBytesMax
              + " bytes, but at most "
              + recordBytesMax
              + " are allowed");
    }
    if (RecordFormat.size(payloadBytesMax) > remaining()) {
      throw new IllegalStateException(
          "a record of "
              + payloadBytesMax
              + " bytes does not fit the "
              + remaining()
              + " bytes that are left; return the number of bytes needed instead");
    }
    ByteBuffer bytes = bufferAtHand();
    payloadMax = payloadBytesMax;
    ByteBuffer slice =
        bytes
            .slice(end + RecordFormat.HEADER_BYTES, payloadBytesMax)
            .order(ByteOrder.LITTLE_ENDIAN);
    payload = slice;
    return slice;
  }

  @Override
  public void end() {
    end(begun().position());
  }

  private ByteBuffer begun() {
    ByteBuffer written = payload;
    if (payloadMax < 0 || written == null) {
      throw new IllegalStateException("no record was begun");
    }
    return written;
  }

  @Override
  public void end(int provenBytes) {
    int length = begun().position();
    ByteBuffer bytes = bufferAtHand();
    if (provenBytes < 0 || provenBytes > length) {
      throw new IllegalArgumentException(
          "a proven part of " + provenBytes + " bytes in a payload of " + length);
    }
    int next = end + (int) RecordFormat.size(length);
    bytes.putInt(end + RecordFormat.LENGTH_AT, length);
    bytes.putLong(end + RecordFormat.SEQ_AT, nextSeq());
    bytes.putInt(end + RecordFormat.PROVEN_LENGTH_AT, provenBytes);
    bytes.putInt(end + RecordFormat.ZERO_AT, 0);
    for (int at = end + RecordFormat.HEADER_BYTES + length; at < next; at++) {
      bytes.put(at, (byte) 0);
    }
    bytes.clear().position(end + RecordFormat.LENGTH_AT);
    bytes.limit(end + RecordFormat.HEADER_BYTES + length);
    bytes.putInt(end + RecordFormat.CRC_AT, Crc.placed(salt, nextPosition(), bytes));
    bytes.clear();
    remember(end);
    end = next;
    payloadMax = -1;
    payload = null;
  }

  private void remember(int start) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, Math.max(STARTS_MIN, count * 2));
    }
    starts[count++] = start;
  }

  @Override
  public int mark() {
    return count;
  }

  @Override
  public void rollback(int mark) {
    if (mark < 0 || mark > count) {
      throw new IllegalArgumentException("mark " + mark + " in a block of " + count + " records");
    }
    if (mark < count) {
      end = starts[mark];
      count = mark;
    }
    payloadMax = -1;
    payload = null;
  }

  /** CRC of the body as it will be written. */
  int bodyCrc() {
    if (count == 0) {
      return Crc.plain(NO_RECORD, 0, 0);
    }
    return Crc.plain(bufferAtHand().position(BlockHeader.BYTES).limit(end));
  }

  /** The whole block, ready to be written from its first byte to its last. */
  ByteBuffer bytes(BlockHeader header) {
    ByteBuffer bytes = bufferAtHand();
    bytes.put(header.encode(salt));
    return bytes.position(0).limit(end);
  }

  /** A copy of the body, for hashing. */
  byte[] copyOfBody(byte[] reusable) {
    int length = bodyLength();
    byte[] body = reusable.length >= length ? reusable : new byte[length];
    bufferAtHand().get(BlockHeader.BYTES, body, 0, length);
    return body;
  }

  /** Sees to a buffer of this length, with everything before {@link #end} still in it. */
  private void bufferOf(int length) throws ShortageException {
    ByteBuffer current = buffer;
    if (current != null && current.capacity() >= length) {
      return;
    }
    ByteBuffer longer = pool.take(length);
    if (current != null) {
      longer.put(0, current.clear(), 0, end);
      pool.give(current);
    }
    buffer = longer;
  }

  /** Cleared: the block before left the limit at its own end. */
  private ByteBuffer bufferAtHand() {
    ByteBuffer current = buffer;
    if (current == null) {
      throw new IllegalStateException("the block has no buffer");
    }
    return current.clear();
  }
}
