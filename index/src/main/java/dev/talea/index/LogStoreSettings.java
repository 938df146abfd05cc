// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.log.LogSettings;
import java.time.Duration;

/**
 * The limits of a ledger on the log store that an operator may want to turn.
 *
 * @param segmentBytesMax length of a log file; a longer one means fewer files, and more to check
 *     after a crash
 * @param writeQueueDepth drafts that may wait for the writer of a book; more are refused as
 *     overloaded. A batch is admitted whole or not at all, and always when nothing waits
 * @param writeBatchMax drafts in one group commit; a batch is not cut
 * @param checkpointEvery events of a book between two checkpoints, at least, and at least two per
 *     account of the book: the number that opening after a crash has to replay
 * @param hotKeysMax idempotency keys in memory, over all books together; beyond it they go into
 *     files. It is passed for as long as writing them takes
 * @param clockAheadMax how far the clock may run ahead of the time that has passed before it is not
 *     used any more, see {@link dev.talea.ledger.ClockGuard}
 */
public record LogStoreSettings(
    int segmentBytesMax,
    int writeQueueDepth,
    int writeBatchMax,
    long checkpointEvery,
    long hotKeysMax,
    Duration clockAheadMax) {

  /**
   * A day: more than any correction of a clock that is kept, less than any mistake that matters.
   */
  public static final Duration CLOCK_AHEAD_MAX = Duration.ofDays(1);

  /** The log store's own defaults, see {@link LogSettings#DEFAULTS}. */
  public static final LogStoreSettings DEFAULTS =
      new LogStoreSettings(
          LogSettings.DEFAULTS.segmentBytesMax(),
          LogSettings.DEFAULTS.queueWeightMax(),
          LogSettings.DEFAULTS.groupWeightMax(),
          100_000,
          1_000_000,
          CLOCK_AHEAD_MAX);

  /** Refuses what the log store refuses. */
  public LogStoreSettings {
    if (checkpointEvery < 1 || hotKeysMax < 1) {
      throw new IllegalArgumentException(
          "checkpointEvery is "
              + checkpointEvery
              + " and hotKeysMax "
              + hotKeysMax
              + "; both must be at least 1");
    }
    if (clockAheadMax.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "clockAheadMax is " + clockAheadMax + "; must be at least a second");
    }
    LogSettings.DEFAULTS
        .withSegmentBytesMax(segmentBytesMax)
        .withQueueWeightMax(writeQueueDepth)
        .withGroupMax(LogSettings.DEFAULTS.groupBytesMax(), writeBatchMax);
  }

  /** With the usual trust in the clock. */
  public LogStoreSettings(
      int segmentBytesMax,
      int writeQueueDepth,
      int writeBatchMax,
      long checkpointEvery,
      long hotKeysMax) {
    this(
        segmentBytesMax,
        writeQueueDepth,
        writeBatchMax,
        checkpointEvery,
        hotKeysMax,
        CLOCK_AHEAD_MAX);
  }

  /** A copy with other limits of one log. */
  public LogStoreSettings withLog(int segmentBytes, int queueDepth, int batchMax) {
    return new LogStoreSettings(
        segmentBytes, queueDepth, batchMax, checkpointEvery, hotKeysMax, clockAheadMax);
  }

  /** A copy that writes checkpoints and files of keys at other times. */
  public LogStoreSettings withMaintenance(long eventsBetween, long keysMax) {
    return new LogStoreSettings(
        segmentBytesMax, writeQueueDepth, writeBatchMax, eventsBetween, keysMax, clockAheadMax);
  }

  /** A copy that trusts the clock more, or less. */
  public LogStoreSettings withClockAheadMax(Duration max) {
    return new LogStoreSettings(
        segmentBytesMax, writeQueueDepth, writeBatchMax, checkpointEvery, hotKeysMax, max);
  }

  /** The same for the log store. */
  LogSettings log() {
    return LogSettings.DEFAULTS
        .withSegmentBytesMax(segmentBytesMax)
        .withQueueWeightMax(writeQueueDepth)
        .withGroupMax(LogSettings.DEFAULTS.groupBytesMax(), writeBatchMax);
  }
}
