// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.derived.CheckpointFile;
import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedFiles;
import dev.talea.index.failure.BrokenRecordException;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.index.keys.KeyIndex;
import dev.talea.index.tree.SubtreeWriter;
import dev.talea.log.Log;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.LogUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when a book's keys, its state and its subtrees go into files, and has that done in the
 * background. The files only make opening and proofs fast and memory small: if one cannot be
 * written, the next attempt is made later, and the book goes on.
 *
 * <p>{@link #afterGroup} is the writer's; {@link #run} is a task of {@link Maintenance}, at most
 * one at a time; the others are for any thread.
 */
final class BookMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(BookMaintenance.class);

  /**
   * Accounts weigh about a third of a transaction in their files: with this factor checkpoints
   * never take more than a small part of what the log itself takes.
   */
  private static final int EVENTS_PER_ACCOUNT = 2;

  /** As many events are replayed faster than a checkpoint is read. */
  private static final int EVENTS_NOT_WORTH_A_FILE = 256;

  private static final int CHECKPOINTS_KEPT = 2;

  private final Maintenance maintenance;
  private final LogReader log;
  private final Path folder;
  private final BookState state;

  /** Keys the writer holds that are not frozen, as told to {@link Maintenance}. */
  private volatile int keysReported;

  /** Whether a task of this book runs or waits. */
  private volatile boolean busy;

  /** For the background. */
  private final SubtreeWriter subtrees;

  private volatile long checkpointSeq;

  /** Where the next checkpoint is due at the earliest; moves on after a failure too. */
  private volatile long dueFromSeq;

  private volatile @Nullable Path newestCheckpoint;
  private volatile @Nullable Log<BookRequest<?>> writer;

  // The writer's alone.
  private boolean filingWanted;
  private @Nullable TidyRequest last;

  /** Set once, by the thread that closes the store. */
  private @Nullable TidyRequest closing;

  BookMaintenance(Maintenance maintenance, LogReader log, Path folder, BookState state) {
    this.maintenance = maintenance;
    this.log = log;
    this.folder = folder;
    this.state = state;
    this.subtrees = new SubtreeWriter(maintenance.disk(), folder, log);
  }

  // ------------------------------------------------------------------ opening

  /**
   * The newest checkpoint that fits the log, opened, or null. Others are deleted on the way, unless
   * the book is only looked at: they are worth nothing any more.
   *
   * @throws UnreadableFileException if it cannot be seen what is there
   */
  static @Nullable CheckpointReader newest(Maintenance maintenance, LogReader log, Path folder) {
    for (Path file : checkpoints(maintenance, folder)) {
      try {
        return CheckpointReader.open(maintenance.disk(), file, log);
      } catch (DamagedFileException e) {
        LOG.warn("A checkpoint is not used, more of the log is read: {}", e.getMessage());
        if (maintenance.keepsFiles()) {
          DerivedFiles.delete(maintenance.disk(), file);
        }
      } catch (IOException e) {
        throw new UnreadableFileException(file, e);
      }
    }
    return null;
  }

  /** Newest first. */
  private static List<Path> checkpoints(Maintenance maintenance, Path folder) {
    List<Path> files = new ArrayList<>();
    for (String name : DerivedFiles.list(maintenance.disk(), folder)) {
      if (CheckpointFile.isName(name)) {
        files.add(folder.resolve(name));
      }
    }
    Collections.reverse(
        files); // names are listed in order, and in them the numbers have all digits
    return files;
  }

  /** The book has been opened from this checkpoint, null for none, and takes writes from now on. */
  void opened(Log<BookRequest<?>> opened, long fromCheckpoint) {
    writer = opened;
    checkpointSeq = fromCheckpoint;
    dueFromSeq = fromCheckpoint + maintenance.checkpointEvery();
    newestCheckpoint = fromCheckpoint == 0 ? null : CheckpointFile.path(folder, fromCheckpoint);
    reportKeys();
    maintenance.add(this);
  }

  // ------------------------------------------------------------------ the writer

  /** Handles a request to tidy up: at the end of the group. */
  void tidy(TidyRequest request) {
    filingWanted = true;
    if (request.last) {
      last = request;
    }
  }

  /** After each group, when everything accepted is durable. */
  void afterGroup() {
    reportKeys();
    TidyRequest asked = last;
    if (!busy) {
      boolean file = filingWanted && state.keys.index().size() > 0;
      filingWanted = false;
      begin(file, asked != null);
    }
    if (asked != null) {
      last = null;
      asked.future.complete(null);
    }
  }

  private void begin(boolean file, boolean closes) {
    long seq = state.publishedSeq();
    boolean checkpoint = closes ? isWorthAFile(checkpointSeq, seq) : isDue(seq);
    if (!file && !checkpoint) {
      return;
    }
    if (file && state.keys.index().freeze(seq)) {
      keysReported = 0; // they still count with Maintenance, until they are filed
    }
    CheckpointWriter.Extent extent = checkpoint ? state.extent() : null;
    busy = true;
    if (!maintenance.execute(() -> run(extent))) {
      busy = false;
    }
  }

  private boolean isDue(long seq) {
    return seq >= dueFromSeq
        && seq - checkpointSeq >= (long) EVENTS_PER_ACCOUNT * state.accounts.size();
  }

  private static boolean isWorthAFile(long before, long now) {
    return now - before >= EVENTS_NOT_WORTH_A_FILE;
  }

  private void reportKeys() {
    int keys = state.keys.index().size();
    int change = keys - keysReported;
    if (change != 0) {
      keysReported = keys;
      maintenance.hotKeys(change);
    }
  }

  // ------------------------------------------------------------------ in the background

  private void run(CheckpointWriter.@Nullable Extent extent) {
    try {
      KeyIndex keys = state.keys.index();
      int waiting = keys.frozenSize();
      if (waiting > 0 && keys.file()) {
        maintenance.hotKeys(-waiting);
      }
      if (extent != null) {
        dueFromSeq = extent.seq() + maintenance.checkpointEvery();
        checkpoint(extent);
        subtrees.extend(extent.seq());
      }
    } catch (IOException | UnreadableFileException | LogException | BrokenRecordException e) {
      LOG.warn(
          "The files beside book '{}' are behind at seq {}, the next attempt is made later: {}",
          log.name(),
          extent == null ? "?" : extent.seq(),
          e.toString());
    } finally {
      busy = false;
    }
  }

  private void checkpoint(CheckpointWriter.Extent extent) throws IOException {
    try (CheckpointReader earlier = earlier()) {
      newestCheckpoint =
          CheckpointWriter.write(
              maintenance.disk(), folder, log, state.accounts, state.tag, extent, earlier);
    }
    checkpointSeq = extent.seq();
    List<Path> files = checkpoints(maintenance, folder);
    for (Path old : files.subList(Math.min(CHECKPOINTS_KEPT, files.size()), files.size())) {
      DerivedFiles.delete(maintenance.disk(), old);
    }
  }

  private @Nullable CheckpointReader earlier() throws IOException {
    Path file = newestCheckpoint;
    if (file == null || !maintenance.disk().exists(file)) {
      return null;
    }
    try {
      return CheckpointReader.open(maintenance.disk(), file, log);
    } catch (DamagedFileException e) {
      LOG.warn("An earlier checkpoint is of no use for the next one: {}", e.getMessage());
      return null;
    }
  }

  // ------------------------------------------------------------------ for everybody

  /**
   * The log has come to its end and is opened anew, by another one of these.
   *
   * @return false if files are still being written; ask again later
   */
  boolean retire() {
    if (busy) {
      return false; // and nothing new is begun, as the writer has ended
    }
    maintenance.remove(this);
    maintenance.hotKeys(-hotKeys());
    return true;
  }

  /** How many keys the book holds in memory. */
  long hotKeys() {
    return keysReported + (long) state.keys.index().frozenSize();
  }

  /** Asks for the keys to be filed soon. */
  void askToFile() {
    submit(new TidyRequest(false));
  }

  /** Asks for the last files before the store is closed, if they are worth it. */
  void beginFinish() {
    long seq = log.durableSeq();
    if (isWorthAFile(checkpointSeq, seq) || isWorthAFile(state.keys.index().filedSeq(), seq)) {
      TidyRequest request = new TidyRequest(true);
      closing = request;
      submit(request);
    }
  }

  /** Returns when what {@link #beginFinish} asked for has been handed to the background. */
  void awaitFinish() {
    TidyRequest request = closing;
    if (request != null) {
      request.future.join();
    }
  }

  private void submit(TidyRequest request) {
    Log<BookRequest<?>> to = writer;
    try {
      if (to == null || !to.submit(request, 0)) {
        request.future.complete(null);
      }
    } catch (LogUnavailableException e) {
      request.refuse(e);
    }
  }

  int mappedFiles() {
    return state.keys.index().mapped();
  }

  void unmapUnused() {
    state.keys.index().unmapUnused();
  }
}
