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
 */
public record LogStoreSettings(int segmentBytesMax, int writeQueueDepth, int writeBatchMax) {
  /** The log store's own defaults, see {@link LogSettings#DEFAULTS}. */
  public static final LogStoreSettings DEFAULTS =
      new LogStoreSettings(
          LogSettings.DEFAULTS.segmentBytesMax(),
          LogSettings.DEFAULTS.queueWeightMax(),
          LogSettings.DEFAULTS.groupWeightMax());

  /** Refuses what the log store refuses. */
  public LogStoreSettings {
    LogSettings.DEFAULTS
        .withSegmentBytesMax(segmentBytesMax)
        .withQueueWeightMax(writeQueueDepth)
        .withGroupMax(LogSettings.DEFAULTS.groupBytesMax(), writeBatchMax);
  }

  /** The same for the log store. */
  LogSettings log() {
    return LogSettings.DEFAULTS
        .withSegmentBytesMax(segmentBytesMax)
        .withQueueWeightMax(writeQueueDepth)
        .withGroupMax(LogSettings.DEFAULTS.groupBytesMax(), writeBatchMax);
  }
}
