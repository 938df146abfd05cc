// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogClock;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.NoSpaceException;
import dev.talea.log.ShortageException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Bytes;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.TreeCheckpoint;
import dev.talea.log.format.Words;
import dev.talea.log.thread.BlockSink;
import dev.talea.log.thread.SinkException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The writer's side of the segments: finds room for the next block, rolling to a new segment when
 * the current one is full, and puts blocks there. Owned by the writer thread.
 *
 * <p>Room is made certain before a block is formed, so that a full disk is noticed while there is
 * still nothing to undo. A roll is: header into the spare file, sync, rename, sync of the
 * directory; only then does anything go into the new segment. Seen from a crash the new segment is
 * there with a valid header or not at all.
 */
final class SegmentAppender implements BlockSink {

  /** Hashing this much takes half a millisecond. */
  private static final int TREE_NOTED_FROM = 1 << 18;

  private final Disk disk;
  private final Path folder;
  private final LogSettings settings;
  private final LogClock clock;
  private final LongSupplier random;
  private final SegmentMaps maps;
  private final Segments<MappedSegment> segments;
  private final ChainState chain;
  private final SpaceFiller space;
  private final DirectoryGuard guard;
  private final SegmentPlace place;

  private MappedSegment segment;
  private Object identity; // of its file
  private long offset; // where the next block goes
  private long step; // how much is filled ahead at once
  private long unproven; // offset of the last block as found on opening, until it is on disk again
  private boolean synced; // whether the file as found on opening is known to be on disk
  private @Nullable DiskFile file;

  SegmentAppender(
      Path folder,
      LogSettings settings,
      LogEnvironment environment,
      SegmentMaps maps,
      Segments<MappedSegment> segments,
      ChainState chain,
      long offset,
      long unproven,
      SpaceFiller space,
      DirectoryGuard guard,
      Object identity) {
    this.disk = environment.disk();
    this.folder = folder;
    this.settings = settings;
    this.clock = environment.clock();
    this.random = environment.random();
    this.maps = maps;
    this.segments = segments;
    this.chain = chain;
    this.segment = segments.last();
    this.offset = offset;
    this.unproven = unproven;
    this.space = space;
    this.guard = guard;
    this.place = new SegmentPlace(disk, guard, folder, environment.nanos());
    this.identity = identity;
    this.step =
        Math.max(settings.spaceStepMin(), Math.min(space.filled(), settings.spaceStepMax()));
  }

  /** Of the log. */
  @Override
  public Path folder() {
    return folder;
  }

  /** Position of the next block, valid after {@link #reserve} until {@link #append}. */
  @Override
  public long position() {
    return segment.base() + offset;
  }

  @Override
  public long salt() {
    return segment.header().salt();
  }

  /**
   * Makes certain that a block with a body of this many bytes can be written.
   *
   * @return how many bytes its body may really have
   */
  @Override
  public int reserve(int bodyBytes) throws SinkException {
    SinkException elsewhere = space.fatal();
    if (elsewhere != null) {
      throw elsewhere; // before there is a block whose fate would be unknown
    }
    long needed = offset + BlockHeader.BYTES + bodyBytes;
    if (needed > Math.max(settings.segmentBytesMax(), space.filled()) && hasRecords()) {
      roll(bodyBytes);
      needed = offset + BlockHeader.BYTES + bodyBytes;
    }
    if (needed > space.filled()) {
      long stretch = Math.min(space.filled() + step, settings.segmentBytesMax());
      space.await(Math.max(needed, stretch));
    }
    openFile();
    long room = space.filled() - offset - BlockHeader.BYTES;
    return (int) Math.min(room & -Bytes.ALIGNMENT, BlockHeader.BODY_BYTES_MAX);
  }

  /** A segment without records is not left: its successor would bear the same name. */
  private boolean hasRecords() {
    return chain.nextSeq() > segment.header().firstSeq();
  }

  private void openFile() throws SinkException {
    if (file != null) {
      return;
    }
    DiskFile opened;
    try {
      opened = disk.open(segment.file());
    } catch (IOException e) {
      guard.check(segment.file(), identity); // a file that is gone is another matter
      throw notOpened(segment.file(), e);
    }
    boolean same = false;
    try {
      guard.check(segment.file(), identity);
      same = true;
    } finally {
      if (!same) {
        close(opened);
      }
    }
    if (!synced) {
      boolean well = false;
      try {
        ByteBuffer block;
        try {
          block = unprovenBlock(opened);
        } catch (IOException e) { // nothing has been written: it may be read the next time
          throw notOpened(segment.file(), e);
        }
        opened.write(block, unproven);
        opened.force(true);
        well = true;
      } catch (NoSpaceException e) {
        throw SinkException.passing( // the next try writes it again: no sync is repeated
            Reason.NO_SPACE, "the disk is full: " + segment.file() + ": " + Words.of(e), e);
      } catch (IOException e) {
        throw SinkException.fatal(
            Reason.ofFailed(e), "syncing " + segment.file() + " failed: " + Words.of(e), e);
      } finally {
        if (!well) {
          close(opened);
        }
      }
      synced = true;
    }
    file = opened;
  }

  /**
   * The close mark with which the log was found was perhaps never synced, or its sync failed; then
   * the operating system shows it, and the disk has zeros. Nothing that was acknowledged depends on
   * it while it is the last block, so opening leaves it alone; but before anything is written
   * behind it its bytes are written again, which makes them dirty again, and synced.
   */
  private ByteBuffer unprovenBlock(DiskFile opened) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(unproven == 0 ? 0 : (int) (offset - unproven));
    opened.read(block, unproven);
    if (block.hasRemaining()) {
      throw new IOException("it has become shorter");
    }
    return block.flip();
  }

  private void roll(int bodyBytes) throws SinkException {
    long length =
        Math.max(
            Math.min(step, settings.segmentBytesMax()),
            (long) SegmentHeader.BYTES + BlockHeader.BYTES + bodyBytes);
    space.awaitSpare(length);
    SegmentHeader before = segment.header();
    SegmentHeader header =
        new SegmentHeader(
            before.name(),
            before.logId(),
            random.getAsLong(),
            chain.nextSeq(),
            segment.base() + offset,
            chain.nextBlock(),
            chain.lastBlockPosition(),
            chain.lastTime(),
            clock.micros(),
            chain.frontier());
    Path target = SegmentFiles.file(folder, header.firstSeq());
    install(header, target);
    segment = new MappedSegment(maps, target, header);
    segments.add(segment);
    space.spareTaken(target, identity);
    offset = SegmentHeader.BYTES;
    synced = true;
    release(); // the next block opens the new file
  }

  private void install(SegmentHeader header, Path target) throws SinkException {
    Path spare = SegmentFiles.spare(folder);
    boolean opened = false;
    boolean renamed = false;
    guard.check();
    try (DiskFile fresh = disk.open(spare)) {
      opened = true;
      Object prepared = disk.identity(spare);
      fresh.write(ByteBuffer.wrap(header.encode()), 0);
      fresh.force(false);
      disk.rename(spare, target);
      renamed = true;
      disk.syncDirectory(folder);
      identity = prepared;
      guard.check(target, identity);
    } catch (IOException e) {
      space.spareLost();
      if (!opened) {
        throw notOpened(spare, e);
      }
      String what = "beginning the segment " + target + " failed: " + Words.of(e);
      if (renamed) {
        throw SinkException.fatal(Reason.ofFailed(e), what, e);
      }
      if (e instanceof NoSpaceException || e instanceof ShortageException) {
        throw SinkException.passing(Reason.ofFailed(e), what, e);
      }
      throw SinkException.fatal(Reason.FAILED, what, e);
    }
  }

  /** A file could not be opened for writing, and nothing was: whatever the cause, it may pass. */
  static SinkException notOpened(Path file, IOException e) {
    return SinkException.passing(
        Reason.ofNotOpened(e), "opening " + file + " for writing failed: " + Words.of(e), e);
  }

  /**
   * Writes a block where {@link #reserve} made room, without syncing it. If this or {@link #sync}
   * throws, it is not known what is on disk, and neither may be called again.
   */
  @Override
  public void append(ByteBuffer block) throws IOException {
    DiskFile open = file;
    if (open == null) {
      throw new IllegalStateException("no room was reserved");
    }
    Thread.interrupted(); // an interrupt status left by a callback would close the file
    int length = block.remaining();
    open.write(block, offset);
    offset += length;
  }

  /** Returns once the block is on disk. */
  @Override
  public void sync() throws IOException {
    DiskFile open = file;
    if (open == null) {
      throw new IllegalStateException("nothing was written");
    }
    Thread.interrupted();
    open.force(false);
  }

  /**
   * Returns if what was synced is what others find under its name. If not, no caller may be told
   * that it is durable.
   */
  @Override
  public void confirm() throws SinkException {
    SinkException elsewhere = space.fatal();
    if (elsewhere != null) {
      throw elsewhere; // the disk has failed under this file, whatever this sync says
    }
    place.check(segment.file(), identity);
  }

  /** Where the block ends that was appended last. */
  @Override
  public long end() {
    return segment.base() + offset;
  }

  /** Has more space filled when what is left gets short. */
  @Override
  public void lookAhead() {
    long filled = space.filled();
    if (filled - offset >= step / 2) {
      return;
    }
    long longer = Math.min(step * 2, settings.spaceStepMax());
    int max = settings.segmentBytesMax();
    boolean asked;
    if (filled < max) {
      asked = space.request(Math.min(filled + longer, max));
    } else {
      long spare = Math.min(longer, max);
      asked = !space.spareReady(spare) && space.requestSpare(spare);
    }
    if (asked) {
      step = longer;
    }
  }

  /**
   * Notes the tree behind the close mark just written, if the segment is so long that hashing it
   * again takes longer than reading a small file.
   */
  @Override
  public void marked() {
    if (offset < Math.min(TREE_NOTED_FROM, settings.segmentBytesMax() / 4)) {
      return;
    }
    try {
      new TreeCheckpoint(segment.header().logId(), chain.lastBlockPosition(), chain.tree())
          .write(disk, folder);
    } catch (IOException e) {
      // The log is closed and complete; only its next opening takes a little longer.
    }
  }

  /** Gives the open file up; the next {@link #reserve} opens it again. */
  @Override
  public void release() {
    DiskFile open = file;
    file = null;
    if (open != null) {
      close(open);
    }
  }

  @Override
  public void close() {
    space.quiesce();
  }

  private static void close(DiskFile open) {
    try {
      open.close();
    } catch (IOException e) {
      // Everything in it has been synced, or nothing is trusted that has not.
    }
  }
}
