// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.NoSpaceException;
import dev.talea.log.ShortageException;
import dev.talea.log.format.Words;
import dev.talea.log.thread.SinkException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills space with zeros ahead of one log's writer: the segment it writes, and a spare file for the
 * next one. The writer says how much it would like, goes on, and waits only if it has caught up.
 *
 * <p>The filling runs on the background executor, one task per log at a time; everything else is
 * called by the log's writer thread. The monitor guards all fields.
 *
 * <p>Filling opens the files anew instead of using the writer's handle. The operating system
 * reports a failed write-back once to each handle: through a shared one, a sync of zeros could
 * collect the error that belonged to a commit, and the commit's own sync would then return as if
 * all were well.
 */
final class SpaceFiller {

  /** How long a full disk is not asked again. */
  static final long RETRY_NANOS = 100_000_000;

  @SuppressWarnings("StaticAssignmentOfThrowable") // on demand is too late
  private static final SinkException NO_MEMORY_TO_SAY =
      SinkException.prepared(
          "filling space ahead failed, and there was no memory left to say why; see the log of the"
              + " process");

  private final Disk disk;
  private final Executor background;
  private final LongSupplier nanos;
  private final Path spare;
  private final long sliceBytes;
  private final DirectoryGuard guard;

  private Path file;
  private Object identity;
  private long filled;
  private long wanted;
  private long spareFilled;
  private long spareWanted;
  private boolean running;
  private @Nullable SinkException failure;
  private long failures;
  private long failedAt;

  /**
   * Makes one for a log that goes on in a file.
   *
   * @param sliceBytes how much is filled before others who wait for the executor get their turn
   * @param filled length of the file, all of it filled and synced
   */
  SpaceFiller(
      Disk disk,
      Executor background,
      LongSupplier nanos,
      Path spare,
      long sliceBytes,
      Path file,
      long filled,
      DirectoryGuard guard,
      Object identity) {
    this.disk = disk;
    this.background = background;
    this.nanos = nanos;
    this.spare = spare;
    this.sliceBytes = sliceBytes;
    this.guard = guard;
    this.identity = identity;
    this.file = file;
    this.filled = filled;
    this.wanted = filled;
  }

  /** How far the segment is filled with zeros that are on disk. */
  synchronized long filled() {
    return filled;
  }

  /** Whether a spare of at least this length lies ready. */
  synchronized boolean spareReady(long length) {
    return spareFilled >= length;
  }

  /** Asks for space without waiting; false if something is being filled already, or cannot be. */
  synchronized boolean request(long end) {
    if (running || !mayTry()) {
      return false;
    }
    wanted = Math.max(wanted, end);
    start();
    return true;
  }

  /** Asks for a spare without waiting; false as above. */
  synchronized boolean requestSpare(long length) {
    if (running || !mayTry()) {
      return false;
    }
    spareWanted = Math.max(spareWanted, length);
    start();
    return true;
  }

  /** Returns once the segment is filled to this end. */
  synchronized void await(long end) throws SinkException {
    long seen = failures;
    while (filled < end) {
      checkAndStart(seen);
      wanted = Math.max(wanted, end);
      start();
      waitWhileRunningAnd(() -> filled < end);
    }
  }

  /** Returns once there is a spare of at least this length. */
  synchronized void awaitSpare(long length) throws SinkException {
    long seen = failures;
    while (spareFilled < length) {
      checkAndStart(seen);
      spareWanted = Math.max(spareWanted, length);
      start();
      waitWhileRunningAnd(() -> spareFilled < length);
    }
  }

  /** The spare has become the segment that is written now. */
  synchronized void spareTaken(Path newFile, Object newIdentity) {
    file = newFile;
    identity = newIdentity;
    filled = spareFilled;
    wanted = filled;
    spareFilled = 0;
    spareWanted = 0;
  }

  /** The spare turned out not to be usable: it will be made anew. */
  synchronized void spareLost() {
    spareFilled = 0;
  }

  /** What ended the filling for good, or null. */
  synchronized @Nullable SinkException fatal() {
    return failure != null && failure.isFatal() ? failure : null;
  }

  /** Returns once no task is running and none will start by itself. */
  synchronized void quiesce() {
    wanted = filled;
    spareWanted = spareFilled;
    waitWhileRunningAnd(() -> true);
  }

  private void checkAndStart(long seen) throws SinkException {
    SinkException known = failure;
    if (known != null && (failures != seen || !mayTry())) {
      throw known;
    }
  }

  private boolean mayTry() {
    return failure == null || (!failure.isFatal() && nanos.getAsLong() - failedAt >= RETRY_NANOS);
  }

  private void waitWhileRunningAnd(BooleanSupplier missing) {
    while (running && missing.getAsBoolean()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // A writer must not be interrupted. If it is, the status must not stay set: the next
        // write would find it and close the file.
      }
    }
  }

  private void start() {
    if (running || (wanted <= filled && spareWanted <= spareFilled)) {
      return;
    }
    running = true;
    execute();
  }

  private void execute() {
    try {
      background.execute(this::run);
    } catch (Throwable e) { // no thread, or an executor shut down
      SinkException why = NO_MEMORY_TO_SAY;
      try {
        why =
            SinkException.passing(
                Reason.NO_RESOURCES,
                "there is no thread to fill space in " + file + ": " + Words.of(e),
                e);
      } finally {
        stopped(why);
      }
    }
  }

  /**
   * Fills one slice, then stands at the end of the queue again: a hot log is not the only one.
   * However it ends, a writer that waits for it hears of it.
   */
  private void run() {
    SinkException why = NO_MEMORY_TO_SAY;
    boolean well = false;
    try {
      if (step()) {
        execute();
      }
      well = true;
    } catch (SinkException e) {
      why = e;
    } catch (Throwable e) {
      why = SinkException.fatal(Reason.FAILED, "filling space in " + file + " failed", e);
    } finally {
      if (!well) {
        stopped(why);
      }
    }
  }

  /** Fills one slice outside the monitor; false, and no longer running, if nothing is wanted. */
  private boolean step() throws SinkException {
    Path segment;
    Object expected;
    long from;
    long to;
    synchronized (this) {
      segment = file;
      expected = identity;
      from = filled;
      to = Math.min(wanted, from + sliceBytes);
      if (to <= from) {
        to = spareWanted; // whole: the writer takes it as soon as it is long enough
        segment = spare;
        from = 0;
        if (to <= spareFilled) {
          running = false;
          notifyAll();
          return false;
        }
      }
    }
    boolean spareIt = segment.equals(spare);
    fill(segment, spareIt ? null : expected, from, to);
    synchronized (this) {
      if (spareIt) {
        spareFilled = to;
      } else if (segment.equals(file)) { // and not one the writer has left in the meantime
        filled = to;
      }
      failure = null;
      notifyAll();
    }
    return true;
  }

  /**
   * Fills part of a file that is opened by its name, and so may have become another one.
   *
   * @param expected which file it has to be; null if it is made anew
   */
  private void fill(Path segment, @Nullable Object expected, long from, long to)
      throws SinkException {
    boolean anew = expected == null;
    boolean opened = false;
    guard.check();
    try {
      if (anew) {
        disk.deleteIfExists(segment);
      }
      try (DiskFile open = anew ? disk.create(segment) : disk.open(segment)) {
        if (expected != null) {
          guard.check(segment, expected);
        }
        opened = true;
        Zeros.write(open, from, to);
        open.force(true);
      }
    } catch (NoSpaceException e) {
      throw SinkException.passing(
          Reason.NO_SPACE,
          "the disk is full: "
              + (to - from)
              + " bytes for "
              + segment
              + " cannot be reserved ("
              + Words.of(e)
              + "). Make room; the log goes on by itself.",
          e);
    } catch (ShortageException e) {
      throw SinkException.passing(
          Reason.NO_RESOURCES, "filling space in " + segment + ": " + Words.of(e), e);
    } catch (IOException e) {
      if (opened) {
        throw SinkException.fatal(
            Reason.FAILED, "filling space in " + segment + " failed: " + Words.of(e), e);
      }
      throw SegmentAppender.notOpened(segment, e);
    }
  }

  private synchronized void stopped(SinkException e) {
    running = false;
    failed(e);
  }

  private void failed(SinkException e) {
    failure = e;
    failures++;
    wanted = filled;
    spareWanted = spareFilled;
    notifyAll();
    failedAt = nanos.getAsLong();
  }
}
