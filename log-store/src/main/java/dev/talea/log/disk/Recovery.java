// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.LogUnavailableException.Reason;
import dev.talea.log.NoSpaceException;
import dev.talea.log.TreeHead;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.DurableReader;
import dev.talea.log.format.Head;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.TreeCheckpoint;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the end of a log and makes it one that can be written on. Runs once, on the opening thread,
 * before another thread has the log.
 *
 * <p>Finding ({@link #find}) changes nothing and refuses what is damaged; repairing ({@link
 * #repair}) comes only after that and only ever touches bytes behind the last whole block, or
 * writes bytes again that are already there.
 */
final class Recovery {

  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private static final String TORN = "torn-";
  private static final String TORN_TEMPORARY = "torn.tmp";
  private static final Set<String> LEFT_OVER =
      Set.of(SegmentFiles.SPARE, TORN_TEMPORARY, TreeCheckpoint.TEMPORARY);

  /** So many cut-off ends are kept; a machine that crashes every hour must not fill its disk. */
  private static final int TORN_MAX = 16;

  private final Segments<MappedSegment> segments;
  private final MappedSegment last;
  private final ChainState chain;
  private final long lastBlockOffset;
  private final long fileLength;
  private final Tail tail;
  private final List<String> leftOver;

  private Recovery(
      Segments<MappedSegment> segments,
      ChainState chain,
      BlockScan scan,
      long fileLength,
      Tail tail,
      List<String> leftOver) {
    this.segments = segments;
    this.last = segments.last();
    this.chain = chain;
    this.lastBlockOffset = scan.lastBlockOffset();
    this.fileLength = fileLength;
    this.tail = tail;
    this.leftOver = leftOver;
  }

  /** Checks all headers and everything in the last segment. */
  static Recovery find(SegmentMaps maps, Path folder, String name) {
    List<String> files = SegmentFiles.list(maps.disk(), folder);
    Segments<MappedSegment> segments = SegmentFiles.load(maps, folder, files, name);
    SegmentHeader header = segments.last().header();
    Blocks blocks = new Blocks(segments);
    try (SegmentWindow window = new SegmentWindow(segments.last())) {
      ChainState chain = ChainState.atStartOf(header, blocks);
      BlockScan scan = new BlockScan(window, chain);
      TreeCheckpoint known = TreeCheckpoint.read(maps.disk(), folder, files, header.logId());
      if (known != null && !scan.skipTo(known, window.fileLength())) {
        chain = ChainState.atStartOf(header, blocks);
        scan = new BlockScan(window, chain);
      }
      Tail tail = Tail.find(window, scan);
      chain.rest();
      if (known != null) {
        known.checkNotBehind(folder, name, chain.nextSeq() - 1);
      }
      List<String> leftOver = files.stream().filter(LEFT_OVER::contains).toList();
      return new Recovery(segments, chain, scan, window.fileLength(), tail, leftOver);
    }
  }

  /**
   * What can be read of a log whose last segment may be damaged: all before the damage. For those
   * who have to say what is damaged; nothing is served from it.
   */
  static DurableReader beforeDamage(SegmentMaps maps, Path folder, String name) {
    Segments<MappedSegment> segments =
        SegmentFiles.load(maps, folder, SegmentFiles.list(maps.disk(), folder), name);
    ChainState chain = ChainState.atStartOf(segments.last().header(), new Blocks(segments));
    try (SegmentWindow window = new SegmentWindow(segments.last())) {
      BlockScan scan = new BlockScan(window, chain);
      BlockHeader passed;
      do {
        passed = nextBeforeDamage(scan, window.fileLength());
      } while (passed != null);
      boolean empty = scan.offset() == SegmentHeader.BYTES;
      Head head = Head.of(chain, segments.last().base() + (empty ? 0 : scan.offset()));
      return new DurableReader(segments, head, chain.treeHead());
    }
  }

  private static @Nullable BlockHeader nextBeforeDamage(BlockScan scan, long limit) {
    try {
      return scan.next(limit);
    } catch (LogDamagedException e) {
      return null;
    }
  }

  /** The tree over all records. */
  TreeHead treeHead() {
    return chain.treeHead();
  }

  /** Files that were being prepared when a process ended; they mean nothing. */
  List<String> leftOver() {
    return leftOver;
  }

  Segments<MappedSegment> segments() {
    return segments;
  }

  ChainState chain() {
    return chain;
  }

  /** Offset in the last segment at which the next block goes. */
  long offset() {
    return tail.end();
  }

  long fileLength() {
    return fileLength;
  }

  /**
   * Offset of the last block if it may have to be written again before anything is written behind
   * it, see {@link SegmentAppender}; 0 if {@link #repair} does it.
   */
  long unproven() {
    return clean() ? lastBlockOffset : 0;
  }

  /** Position at which the next block goes. */
  long end() {
    return last.base() + tail.end();
  }

  /** Whether the log was closed in order and not touched since. */
  boolean clean() {
    return chain.closed() && !tail.torn();
  }

  /** The end as readers see it. */
  Head head() {
    // An empty last segment holds nothing yet: the log ends where the segment before it does.
    boolean empty = tail.end() == SegmentHeader.BYTES;
    return Head.of(chain, last.base() + (empty ? 0 : tail.end()));
  }

  /**
   * The end as a reader may see it that cannot sync: the last block counts only if something
   * written later proves that it is on disk.
   */
  Head provenHead() {
    BlockHeader unproven = unprovenBlock();
    if (unproven == null) {
      return head();
    }
    if (unproven.previous() == 0) {
      return new Head(0, 0, 0, 0, 0);
    }
    BlockHeader before = new Blocks(segments).at(unproven.previous());
    return new Head(
        before.lastSeq(), before.time(), before.endPosition(), before.position(), before.number());
  }

  /** The tree that belongs to {@link #provenHead}. */
  TreeHead provenTree() {
    BlockHeader unproven = unprovenBlock();
    return unproven == null ? treeHead() : new TreeHead(unproven.treeSize(), unproven.treeRoot());
  }

  private @Nullable BlockHeader unprovenBlock() {
    boolean sealed = tail.end() == SegmentHeader.BYTES; // a newer segment proves the one before
    return chain.closed() || sealed ? null : new Blocks(segments).at(chain.lastBlockPosition());
  }

  /**
   * Makes the end durable and the space behind it zero.
   *
   * <p>After a crash it is not known whether the last whole block was ever synced, and after a
   * failed sync not even its being readable says that it is on disk: the operating system may hold
   * it in memory and believe it written. So its bytes are written again, which makes them dirty
   * again, and synced, before a reader is shown them.
   *
   * <p>If it is a close mark it shows nothing, and that all before it was synced is what it says:
   * then this is done by the first write, so that opening ten thousand logs takes no sync.
   */
  void repair(Disk disk, Path folder) {
    if (clean()) {
      return;
    }
    boolean opened = false;
    try {
      if (tail.torn()) {
        keepTornBytes(disk, folder);
      }
      try (DiskFile file = disk.open(last.file())) {
        opened = true;
        rewriteLastBlock(file);
        Zeros.write(file, tail.end(), fileLength);
        file.force(true);
      }
      // The segment, or the folder itself, may have got its name just before the crash.
      disk.syncDirectory(folder);
      disk.syncDirectory(Objects.requireNonNull(folder.getParent()));
    } catch (NoSpaceException e) {
      throw unavailable(
          Reason.NO_SPACE,
          folder,
          "cannot be recovered, the disk is full: "
              + Words.of(e)
              + ". Make room and open it again; nothing is lost.",
          e);
    } catch (IOException e) {
      throw unavailable(
          opened ? Reason.ofFailed(e) : Reason.ofNotOpened(e),
          folder,
          "was not opened, its end could not be made durable: "
              + Words.of(e)
              + ". Check the disk and open it again.",
          e);
    }
  }

  private LogUnavailableException unavailable(
      Reason reason, Path folder, String what, IOException cause) {
    return LogUnavailableException.end(
        reason,
        false,
        "The log \"" + last.header().name() + "\" in " + folder + " " + what,
        folder,
        cause);
  }

  private void rewriteLastBlock(DiskFile file) throws IOException {
    long from = lastBlockOffset;
    if (from == 0) {
      return;
    }
    byte[] block = new byte[(int) (tail.end() - from)];
    last.read(from, block, 0, block.length);
    file.write(ByteBuffer.wrap(block), from);
  }

  /** Copies what is about to be overwritten into a file of its own, for a person to look at. */
  private void keepTornBytes(Disk disk, Path folder) throws IOException {
    byte[] torn = new byte[(int) (tail.garbageEnd() - tail.end())];
    last.read(tail.end(), torn, 0, torn.length);
    String stem = TORN + String.format("%020d", chain.nextSeq()) + "-" + tail.end();
    Path target = folder.resolve(stem + ".bin");
    for (int i = 2; disk.exists(target); i++) {
      if (Arrays.equals(contentOf(disk, target), torn)) {
        disk.syncDirectory(folder);
        return; // saved by a recovery that did not get any further
      }
      target = folder.resolve(stem + "." + i + ".bin");
    }
    Path temporary = folder.resolve(TORN_TEMPORARY);
    disk.deleteIfExists(temporary);
    try (DiskFile file = disk.create(temporary)) {
      file.write(ByteBuffer.wrap(torn), 0);
      file.force(true);
    }
    disk.rename(temporary, target);
    disk.syncDirectory(folder);
    deleteOldest(disk, folder);
    LOG.warn(
        "{}: {} bytes that are not a whole block are cut off at byte {}, after seq {};"
            + " they are kept in {}",
        last.file(),
        torn.length,
        tail.end(),
        chain.nextSeq() - 1,
        target.getFileName());
  }

  /** By their names, which begin with the seq, the oldest come first. */
  private static void deleteOldest(Disk disk, Path folder) throws IOException {
    List<String> all =
        disk.list(folder).stream()
            .filter(name -> name.startsWith(TORN) && name.endsWith(".bin"))
            .toList();
    for (String name : all.subList(0, Math.max(0, all.size() - TORN_MAX))) {
      disk.deleteIfExists(folder.resolve(name));
    }
  }

  private static byte[] contentOf(Disk disk, Path file) throws IOException {
    try (DiskFile open = disk.openForReading(file)) {
      ByteBuffer content = ByteBuffer.allocate((int) open.size());
      open.read(content, 0);
      return content.array();
    }
  }
}
