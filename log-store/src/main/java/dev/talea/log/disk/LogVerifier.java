// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.TreeWatch;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.Damage;
import dev.talea.log.format.Segments;
import dev.talea.log.format.TreeCheckpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Checks every byte of a log, from the first segment to the last, against everything that is known
 * about it. Changes nothing and needs no lock; stateless.
 *
 * <p>Opening a log checks the last segment only and trusts the others until they are read; this is
 * for those who want to know now.
 */
final class LogVerifier {

  /** What it looks up outside the order of reading is little. */
  private static final int MAPS_MAX = 16;

  private LogVerifier() {}

  static VerifyReport verify(
      Disk disk, Path folder, String name, LongConsumer passed, TreeWatch watch) {
    List<String> files = SegmentFiles.list(disk, folder);
    Segments<MappedSegment> segments =
        SegmentFiles.load(new SegmentMaps(disk, MAPS_MAX), folder, files, name);
    TreeCheckpoint noted =
        TreeCheckpoint.read(disk, folder, files, segments.get(0).header().logId());
    Blocks blocks = new Blocks(segments);
    ChainState chain = ChainState.atStartOf(segments.get(0).header(), blocks);
    long end = 0;
    VerifyReport.End how = VerifyReport.End.CLOSED;
    chain.watch(watch);
    for (int i = 0; i < segments.count(); i++) {
      MappedSegment segment = segments.get(i);
      if (i > 0) {
        checkHeader(segment, chain);
      }
      try (SegmentWindow window = new SegmentWindow(segment)) {
        BlockScan scan = new BlockScan(window, chain);
        if (i + 1 < segments.count()) {
          long used = segments.get(i + 1).base() - segment.base();
          checkSealed(window, scan, used, passed);
          end = segment.base() + used;
        } else {
          Tail tail = Tail.find(window, scan, passed);
          end = segment.base() + tail.end();
          how = VerifyReport.End.of(chain, tail);
        }
      }
    }
    if (noted != null) {
      noted.checkNotBehind(folder, name, chain.nextSeq() - 1);
    }
    return new VerifyReport(
        segments.count(), chain.nextBlock() - 1, chain.nextSeq() - 1, end, how, chain.treeHead());
  }

  private static void checkHeader(MappedSegment segment, ChainState chain) {
    String wrong = chain.contradiction(segment.header());
    if (!wrong.isEmpty()) {
      throw Damage.at(
          segment, segment.base(), "its checksum is right, but the header has " + wrong);
    }
  }

  private static void checkSealed(
      SegmentWindow window, BlockScan scan, long used, LongConsumer passed) {
    MappedSegment segment = window.segment();
    while (scan.offset() < used) {
      BlockHeader block = scan.next(used);
      if (block == null) {
        throw scan.damage(used, "");
      }
      passed.accept(block.length());
    }
    long garbageEnd = Tail.garbageEnd(window, used, window.fileLength());
    if (garbageEnd > used) {
      throw Damage.at(
          segment,
          segment.base() + garbageEnd - 1,
          "this byte is not zero, although the segment ends at byte " + used);
    }
  }
}
