// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.index.keys.KeyIndex;
import dev.talea.index.keys.ReplayedKeys;
import dev.talea.index.keys.SeenKeys;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the state of a book to the end of its log: from the newest checkpoint that is whole, if
 * there is one, and then record by record. Without any derived file the result is the same, and
 * takes longer.
 *
 * <p>Belongs to the thread that opens the book. Stateless.
 */
final class BookOpening {
  private static final Logger LOG = LoggerFactory.getLogger(BookOpening.class);

  private BookOpening() {}

  /**
   * What opening has led to.
   *
   * @param checkpointSeq of the checkpoint it began with, 0 if there was none
   */
  record Opened(BookState state, long checkpointSeq) {}

  /**
   * Opens a book.
   *
   * @param beside runs what the opening thread hands over; nothing of this book, once it is open or
   *     has failed to
   * @throws BrokenRecordException at the first record that cannot be
   * @throws UnreadableFileException if a derived file cannot be read at the moment
   */
  static Opened open(LogReader log, Path folder, Maintenance maintenance, Executor beside) {
    Opened found = null;
    if (log.durableSeq() > 0) {
      found = fromCheckpoint(log, folder, maintenance);
    }
    if (found == null) {
      found = new Opened(new BookState(log, maintenance.disk(), folder), 0);
    }
    BookState state = found.state;
    KeyIndex index = state.keys.index();
    long filed = Long.MAX_VALUE;
    SeenKeys keys = SeenKeys.NONE; // a look needs none
    if (maintenance.keepsFiles()) {
      filed = log.durableSeq() > 0 ? index.open() : 0;
      index.load(filed + 1, found.checkpointSeq, maintenance.keysAtOpening());
      keys =
          new ReplayedKeys(
              log,
              index,
              maintenance.keysAtOpening(),
              ReplayedKeys.BATCH_KEYS,
              ReplayedKeys.BATCHES_MAX,
              beside);
    }
    BookReplay.run(
        state,
        log,
        found.checkpointSeq + 1,
        found.checkpointSeq == 0 ? Long.MIN_VALUE : log.commitTimeOf(found.checkpointSeq),
        Math.max(filed, found.checkpointSeq),
        keys);
    return found;
  }

  private static @Nullable Opened fromCheckpoint(
      LogReader log, Path folder, Maintenance maintenance) {
    try (CheckpointReader checkpoint = BookMaintenance.newest(maintenance, log, folder)) {
      if (checkpoint == null) {
        return null;
      }
      BookState state = new BookState(log, maintenance.disk(), folder);
      checkpoint.restore(state);
      return new Opened(state, checkpoint.seq());
    } catch (DamagedFileException e) {
      LOG.warn("A checkpoint is not used, all of the log is read: {}", e.getMessage());
      return null;
    } catch (IOException e) {
      throw new UnreadableFileException(folder, e);
    }
  }
}
