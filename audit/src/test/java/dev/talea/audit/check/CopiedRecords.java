// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.check;

import dev.talea.log.BlockBuilder;
import dev.talea.log.CommitHandler;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.LogUnavailableException;
import java.nio.ByteBuffer;

/**
 * Writes the first records of another log, each with the commit time that it has there: what it
 * takes to cut a log by other means than ours. One request, which may be anything.
 */
final class CopiedRecords implements CommitHandler<Integer> {
  private final LogCursor from;
  private final long records;
  private long copied;
  private boolean waiting;

  CopiedRecords(LogReader from, long records) {
    this.from = from.cursor(1);
    this.records = records;
  }

  @Override
  public long groupTime(long earliest) {
    if (!waiting) {
      waiting = from.next();
    }
    return from.commitTime();
  }

  /** A group for each record, as the times of all records of a group are the same. */
  @Override
  public int handle(Integer request, BlockBuilder block) {
    while (copied < records) {
      ByteBuffer payload = from.payload();
      int bytes = BlockBuilder.bytesFor(payload.limit());
      if (block.mark() > 0 || block.remaining() < bytes) {
        waiting = block.mark() == 0;
        return block.mark() > 0 ? 1 << 20 : bytes;
      }
      block.begin(payload.limit()).put(payload);
      block.end(from.provenBytes());
      copied++;
    }
    return DONE;
  }

  @Override
  public void publish(long firstSeq, long lastSeq) {
    waiting = false;
  }

  @Override
  public void committed(Integer request) {}

  @Override
  public void refused(Integer request, LogUnavailableException why) {
    throw why;
  }
}
