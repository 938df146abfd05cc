// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.embedded;

import dev.talea.log.LogObserver;
import java.util.concurrent.atomic.LongAdder;

/** Adds up what the writers of a store put on disk. Told by many threads, asked by any. */
public final class SyncMeter implements LogObserver {
  private final LongAdder syncs = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder records = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  /**
   * Sums since the store was opened.
   *
   * @param nanos spent in syncs
   */
  public record Sums(long syncs, long bytes, long records, long nanos) {
    /** What was added since an earlier look. */
    public Sums minus(Sums earlier) {
      return new Sums(
          syncs - earlier.syncs,
          bytes - earlier.bytes,
          records - earlier.records,
          nanos - earlier.nanos);
    }

    /** Length of a block, header included, on average; 0 if there was none. */
    public int bytesPerSync() {
      return syncs == 0 ? 0 : (int) (bytes / syncs);
    }

    /** Records in a block on average; 0 if there was none. */
    public double recordsPerSync() {
      return syncs == 0 ? 0 : (double) records / syncs;
    }
  }

  @Override
  public void synced(String log, long syncNanos, int blockBytes, int recordsInBlock) {
    syncs.increment();
    bytes.add(blockBytes);
    records.add(recordsInBlock);
    nanos.add(syncNanos);
  }

  /** What there is so far. */
  public Sums sums() {
    return new Sums(syncs.sum(), bytes.sum(), records.sum(), nanos.sum());
  }
}
