package dev.talea.index;

import dev.talea.log.LogSettings;

/**
 * The limits of a ledger on the log store that somebody may want to turn.
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
 */
public record LogStoreSettings(
    int segmentBytesMax,
    int writeQueueDepth,
    int writeBatchMax,
    long checkpointEvery,
    long hotKeysMax) {
  /** The log store's own defaults, see {@link LogSettings#DEFAULTS}. */
  public static final LogStoreSettings DEFAULTS =
      new LogStoreSettings(
          LogSettings.DEFAULTS.segmentBytesMax(),
          LogSettings.DEFAULTS.queueWeightMax(),
          LogSettings.DEFAULTS.groupWeightMax(),
          100_000,
          1_000_000);

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
    LogSettings.DEFAULTS
        .withSegmentBytesMax(segmentBytesMax)
        .withQueueWeightMax(writeQueueDepth)
        .withGroupMax(LogSettings.DEFAULTS.groupBytesMax(), writeBatchMax);
  }

  /** A copy with other limits of one log. */
  public LogStoreSettings withLog(int segmentBytes, int queueDepth, int batchMax) {
    return new LogStoreSettings(segmentBytes, queueDepth, batchMax, checkpointEvery, hotKeysMax);
  }

  /** A copy that writes checkpoints and files of keys at other times. */
  public LogStoreSettings withUpkeep(long eventsBetween, long keysMax) {
    return new LogStoreSettings(
        segmentBytesMax, writeQueueDepth, writeBatchMax, eventsBetween, keysMax);
  }

  /** The same for the log store. */
  LogSettings log() {
    return LogSettings.DEFAULTS
        .withSegmentBytesMax(segmentBytesMax)
        .withQueueWeightMax(writeQueueDepth)
        .withGroupMax(LogSettings.DEFAULTS.groupBytesMax(), writeBatchMax);
  }
}
