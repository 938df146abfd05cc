// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import dev.talea.index.failure.BrokenRecordException;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Walks over the records of a log on opening and holds each against what it should be: its commit
 * time against its block's and its predecessor's, its bytes against those that come out when it is
 * encoded again.
 *
 * <p>Belongs to the thread that opens the log. Apart from the two replays that use it, because a
 * book and the registry differ in what a record does, not in how it is checked.
 */
public final class RecordCheck {

  /** Applies records to a state. */
  public interface Replay {
    /**
     * Applies a record as if it had just been accepted.
     *
     * @param expected where to encode it, through {@link #begin}
     */
    void apply(LedgerRecord record, RecordCheck expected);
  }

  private ByteBuffer expected = buffer(4096);
  private long lastAt;

  private RecordCheck(long lastAt) {
    this.lastAt = lastAt;
  }

  /**
   * Applies all records of a log.
   *
   * @throws BrokenRecordException at the first that is not what it should be
   */
  public static void run(LogReader log, Replay replay) {
    run(log, 1, Long.MIN_VALUE, replay);
  }

  /**
   * Applies the records of a log from one on.
   *
   * @param lastAt commit time of the record before it
   * @throws BrokenRecordException at the first that is not what it should be
   */
  public static void run(LogReader log, long fromSeq, long lastAt, Replay replay) {
    RecordCheck check = new RecordCheck(lastAt);
    LogCursor cursor = log.cursor(fromSeq);
    while (cursor.next()) {
      LedgerRecord record = LedgerRecord.of(log.name(), cursor);
      check.time(record, cursor.commitTime());
      replay.apply(record, check);
      check.bytes(record);
    }
  }

  /** An empty buffer for the record's payload, to be filled from 0 to its position. */
  public ByteBuffer begin(int bytesMax) {
    if (expected.capacity() < bytesMax) {
      expected = buffer(Math.max(bytesMax, 2 * expected.capacity()));
    }
    return expected.clear();
  }

  private void time(LedgerRecord record, long blockTime) {
    if (record.at() != blockTime || record.at() < lastAt) {
      throw record.broken(
          "has commit time "
              + record.at()
              + ", its block "
              + blockTime
              + ", the record before it "
              + lastAt);
    }
    lastAt = record.at();
  }

  private void bytes(LedgerRecord record) {
    ByteBuffer computed = expected.flip();
    int at = computed.mismatch(record.bytes());
    if (at >= 0) {
      throw record.broken(
          "differs at byte "
              + at
              + " of its payload from what follows from the records before it (stored "
              + byteAt(record.bytes(), at)
              + ", recomputed "
              + byteAt(computed, at)
              + ")");
    }
  }

  private static String byteAt(ByteBuffer bytes, int at) {
    return at < bytes.limit() ? String.format("%02x", bytes.get(at)) : "nothing";
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
