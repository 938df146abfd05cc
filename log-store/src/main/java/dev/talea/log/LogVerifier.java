package dev.talea.log;

import java.nio.file.Path;

/**
 * Checks every byte of a log, from the first segment to the last, against everything that is known
 * about it. Changes nothing and needs no lock; stateless.
 *
 * <p>Opening a log checks the last segment only and trusts the others until they are read; this is
 * for those who want to know now.
 */
final class LogVerifier {

  private LogVerifier() {}

  static VerifyReport verify(Disk disk, Path folder, String name) {
    Segments segments = SegmentFiles.load(disk, folder, name);
    Blocks blocks = new Blocks(segments);
    ChainState chain = ChainState.atStartOf(segments.get(0).header(), blocks);
    long end = 0;
    for (int i = 0; i < segments.count(); i++) {
      Segment segment = segments.get(i);
      if (i > 0) {
        checkHeader(segment, chain);
      }
      BlockScan scan = new BlockScan(segment, chain);
      if (i + 1 < segments.count()) {
        long used = segments.get(i + 1).base() - segment.base();
        checkSealed(segment, scan, used);
        end = segment.base() + used;
      } else {
        end = segment.base() + Tail.find(segment, scan).end();
      }
    }
    return new VerifyReport(
        segments.count(), chain.nextBlock() - 1, chain.nextSeq() - 1, end, chain.treeHead());
  }

  private static void checkHeader(Segment segment, ChainState chain) {
    String wrong = chain.contradiction(segment.header());
    if (!wrong.isEmpty()) {
      throw Blocks.damaged(
          segment, segment.base(), "its checksum is right, but the header has " + wrong);
    }
  }

  private static void checkSealed(Segment segment, BlockScan scan, long used) {
    while (scan.offset() < used) {
      if (scan.next(used) == null) {
        throw Blocks.damaged(segment, segment.base() + scan.offset(), scan.describe(used));
      }
    }
    long garbageEnd = Tail.garbageEnd(segment, used, scan.fileLength());
    if (garbageEnd > used) {
      throw Blocks.damaged(
          segment,
          segment.base() + garbageEnd - 1,
          "this byte is not zero, although the segment ends at byte " + used);
    }
  }
}
