// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogIoException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.Crc;
import dev.talea.log.format.Damage;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Copies one log up to a record, beside its writer, into the folder of an earlier copy or a new
 * one. Every block is checked before it is written, and compared where it is there already, so a
 * copy that succeeds is a log that is right, and closed. Nothing that is known to be in the copy is
 * written again.
 *
 * <p>Segments that both have had, complete, are not read again; {@link LogFiles#verify} of the copy
 * does that. Belongs to one thread.
 */
final class LogCopy {
  private static final int MAPS_MAX = 16;
  private static final byte[] NOTHING = {};

  /** Of a segment that is not to be taken for one before all of it is on disk. */
  private static final String UNNAMED = ".new";

  private final Path folder;
  private final String name;
  private final Disk to;
  private final Path target;
  private final long known;
  private final LongConsumer passed;
  private final Segments<MappedSegment> segments;
  private final List<Path> begun = new ArrayList<>();
  private long written;

  /**
   * @param known position up to which an earlier copy is known to be on disk, 0 for none
   * @param passed told how many bytes have been passed since the last call
   */
  LogCopy(
      Disk from, Path folder, String name, Disk to, Path target, long known, LongConsumer passed) {
    this.folder = folder;
    this.name = name;
    this.to = to;
    this.target = target;
    this.known = known;
    this.passed = passed;
    this.segments =
        SegmentFiles.load(
            new SegmentMaps(from, MAPS_MAX), folder, SegmentFiles.list(from, folder), name);
  }

  /**
   * Copies.
   *
   * @param lastSeq of the last record of a block, or 0
   * @throws LogDamagedException if the log is not what was written
   * @throws IllegalStateException if the earlier copy is not the beginning of this log
   */
  CopyReport copy(long lastSeq) {
    int last = segments.count() - 1;
    while (last > 0 && segments.get(last).header().firstSeq() > lastSeq) {
      last--;
    }
    try {
      to.createDirectories(target);
      for (int i = 0; i < last; i++) {
        long length = segments.get(i + 1).base() - segments.get(i).base();
        if (!isThere(i, length)) {
          copySegment(i, length, Long.MAX_VALUE);
        }
      }
      CopyReport report = copySegment(last, Long.MAX_VALUE, lastSeq);
      to.syncDirectory(target);
      to.syncDirectory(Objects.requireNonNull(target.getParent()));
      return report;
    } catch (IOException e) {
      throw new LogIoException(
          "Log \"%s\" in %s cannot be copied to %s: %s"
              .formatted(name, folder, target, Words.of(e)),
          target,
          e);
    }
  }

  private Path file(int index) {
    return target.resolve(segments.get(index).file().getFileName());
  }

  /**
   * Whether a complete segment was copied before, as a complete one: then the earlier copy ended
   * behind it. One that ended with it has a close mark there, which has to go; what follows are
   * zeros.
   */
  private boolean isThere(int index, long length) throws IOException {
    MappedSegment segment = segments.get(index);
    if (segment.base() + length >= known || !to.exists(file(index))) {
      return false;
    }
    try (DiskFile file = to.openForReading(file(index))) {
      return file.size() >= length
          && Arrays.equals(bytes(file, 0, SegmentHeader.BYTES), segment.header().encode());
    }
  }

  /**
   * Copies blocks up to a length, or up to a record and the close marks behind it.
   *
   * @param length at which the blocks of a complete segment end
   */
  private CopyReport copySegment(int index, long length, long lastSeq) throws IOException {
    MappedSegment segment = segments.get(index);
    ChainState chain = ChainState.atStartOf(segment.header(), new Blocks(segments));
    try (SegmentWindow window = new SegmentWindow(segment);
        DiskFile file = open(segment.base() < known, file(index))) {
      BlockScan scan = new BlockScan(window, chain);
      long limit = Math.min(length, window.fileLength());
      written += put(file, segment, 0, segment.header().encode());
      long records = scan.offset();
      while (scan.offset() < limit && (chain.nextSeq() <= lastSeq || isCloseMark(scan, limit))) {
        long at = scan.offset();
        BlockHeader block = scan.next(limit);
        if (block == null) {
          throw scan.damage(limit, "");
        }
        int added = put(file, segment, at, scan.block(block));
        passed.accept(block.length());
        if (!block.isCloseMark()) {
          records = scan.offset(); // a mark may be lost as long as nothing lies behind it
          written += added;
        }
      }
      if (lastSeq == Long.MAX_VALUE) {
        checkNext(index + 1, chain);
      }
      long end = scan.offset();
      clearBehind(file, segment, lastSeq == Long.MAX_VALUE ? end : mark(file, segment, chain, end));
      return new CopyReport(chain.treeHead(), segment.base() + records, written, begun);
    }
  }

  private DiskFile open(boolean isKnown, Path file) throws IOException {
    if (isKnown) {
      return to.open(file);
    }
    begun.add(file);
    Path unnamed = unnamed(file);
    to.deleteIfExists(unnamed);
    return to.create(unnamed);
  }

  static Path unnamed(Path file) {
    return file.resolveSibling(file.getFileName() + UNNAMED);
  }

  /**
   * Ends the copy with a close mark, as the log itself does when it rests, so that its last block
   * is known to be on disk. A later copy writes what the log has over it.
   *
   * @return where the copy ends
   */
  private long mark(DiskFile file, MappedSegment segment, ChainState chain, long at)
      throws IOException {
    if (chain.closed() || chain.nextSeq() == 1) {
      return at;
    }
    BlockHeader mark =
        new BlockHeader(
            segment.base() + at,
            0,
            Crc.plain(NOTHING, 0, 0),
            0,
            BlockHeader.CLOSE_MARK,
            chain.nextSeq(),
            chain.lastTime(),
            chain.nextBlock(),
            chain.lastBlockPosition(),
            chain.nextJump(),
            chain.nextSeq() - 1,
            chain.root());
    file.write(ByteBuffer.wrap(mark.encode(segment.header().salt())), at);
    return at + mark.length();
  }

  private static boolean isCloseMark(BlockScan scan, long limit) {
    BlockHeader next = scan.headerAt(scan.offset(), limit);
    return next != null && next.isCloseMark();
  }

  private void checkNext(int index, ChainState chain) {
    MappedSegment next = segments.get(index);
    String wrong = chain.contradiction(next.header());
    if (!wrong.isEmpty()) {
      throw Damage.at(next, next.base(), "its checksum is right, but the header has " + wrong);
    }
  }

  /**
   * Compares the bytes that are known to be on disk, and writes the others, also over the same
   * ones: after a sync that failed they may be readable, and on no disk.
   *
   * @return how many were written
   */
  private int put(DiskFile file, MappedSegment segment, long at, byte[] bytes) throws IOException {
    long there = Math.min(file.size(), known - segment.base()) - at;
    byte[] found = bytes(file, at, (int) Math.max(0, Math.min(bytes.length, there)));
    int differs = Arrays.mismatch(found, bytes);
    int same = differs < 0 ? bytes.length : differs;
    if (same < found.length) {
      throw another(segment, "differs from it at byte " + (at + same));
    }
    if (same < bytes.length) {
      file.write(ByteBuffer.wrap(bytes, same, bytes.length - same), at + same);
    }
    return bytes.length - same;
  }

  private IllegalStateException another(MappedSegment segment, String how) {
    return new IllegalStateException(
        "%s is not a copy of the beginning of %s, it %s: one of them was cut to an earlier end, or lost its end. Make the backup in a new directory"
            .formatted(target.resolve(segment.file().getFileName()), segment.file(), how));
  }

  /** What a copy that did not finish left behind the end, and never more than that. */
  private void clearBehind(DiskFile file, MappedSegment segment, long end) throws IOException {
    if (known > segment.base() + end) {
      throw another(segment, "goes on where that ends, at byte " + end);
    }
    Zeros.write(file, end, file.size());
  }

  private static byte[] bytes(DiskFile file, long at, int length) throws IOException {
    if (length == 0) {
      return NOTHING;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int read = file.read(bytes, at);
    return read == length ? bytes.array() : Arrays.copyOf(bytes.array(), read);
  }
}
