// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogIoException;
import dev.talea.log.LogNotFoundException;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.Damage;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The segment files of one log's folder: their names, and reading them in with all that their
 * headers say about one another checked. Stateless.
 */
final class SegmentFiles {

  private static final int DIGITS = 20;
  private static final Pattern NAME = Pattern.compile("\\d{" + DIGITS + "}\\.log");

  static final String SPARE = "spare.tmp";

  private SegmentFiles() {}

  static Path file(Path folder, long firstSeq) {
    String digits = Long.toString(firstSeq);
    return folder.resolve("0".repeat(DIGITS - digits.length()) + digits + ".log");
  }

  /** Where the next segment is prepared; deleted if found on opening. */
  static Path spare(Path folder) {
    return folder.resolve(SPARE);
  }

  /** Whether a folder holds a log, which it does as soon as it holds one segment. */
  static boolean anyIn(Disk disk, Path folder) {
    // The first one is nearly always there, and asking for it cheaper than listing.
    return disk.exists(file(folder, 1))
        || list(disk, folder).stream().anyMatch(SegmentFiles::isSegment);
  }

  /** What is in the folder of a log, nothing if there is no such folder. */
  static List<String> list(Disk disk, Path folder) {
    try {
      return disk.exists(folder) ? disk.list(folder) : List.of();
    } catch (IOException e) {
      throw new LogIoException(
          "The folder " + folder + " cannot be listed: " + Words.of(e), folder, e);
    }
  }

  static boolean isSegment(String fileName) {
    return NAME.matcher(fileName).matches();
  }

  /**
   * Reads the headers of all segments.
   *
   * @param files what is in the folder
   * @throws LogNotFoundException if there is no segment
   * @throws LogDamagedException if one is missing, or not what its neighbours say
   */
  static Segments<MappedSegment> load(
      SegmentMaps maps, Path folder, List<String> files, String name) {
    List<MappedSegment> loaded = new ArrayList<>();
    for (String fileName : files) {
      if (isSegment(fileName)) {
        Path file = folder.resolve(fileName);
        try {
          loaded.add(readHeader(maps, file));
        } catch (IOException e) {
          throw new LogIoException(
              "Segment " + file + " cannot be read: " + Words.of(e), folder, e);
        }
      }
    }
    if (loaded.isEmpty()) {
      throw new LogNotFoundException(
          "There is no log \"" + name + "\": " + folder + " holds no segment.");
    }
    for (MappedSegment segment : loaded) {
      checkOwn(segment, name, loaded.get(0).header().logId());
    }
    checkFirst(loaded.get(0));
    Segments<MappedSegment> segments = new Segments<>(loaded, MappedSegment[]::new);
    for (int i = 1; i < loaded.size(); i++) {
      checkSeam(loaded.get(i - 1), loaded.get(i));
    }
    return segments;
  }

  private static MappedSegment readHeader(SegmentMaps maps, Path file) throws IOException {
    byte[] bytes = new byte[SegmentHeader.BYTES];
    try (DiskFile open = maps.disk().openForReading(file)) {
      int length = open.read(ByteBuffer.wrap(bytes), 0);
      return new MappedSegment(maps, file, SegmentHeader.decode(file, bytes, length));
    }
  }

  private static void checkOwn(MappedSegment segment, String name, long logId) {
    SegmentHeader header = segment.header();
    Path expected = file(segment.file().resolveSibling("."), header.firstSeq());
    if (!segment.file().getFileName().equals(expected.getFileName())) {
      throw wrong(
          segment,
          SegmentHeader.FIRST_SEQ_AT,
          "its header begins with seq " + header.firstSeq() + ", its name with another");
    }
    if (!header.name().equals(name)) {
      throw wrong(
          segment,
          SegmentHeader.NAME_AT,
          "it belongs to the log \"" + header.name() + "\", not to \"" + name + "\"");
    }
    if (header.logId() != logId) {
      throw wrong(
          segment,
          SegmentHeader.LOG_ID_AT,
          "its log id is " + header.logId() + ", that of the first segment " + logId);
    }
  }

  private static void checkFirst(MappedSegment first) {
    SegmentHeader header = first.header();
    if (header.firstSeq() != 1
        || header.basePosition() != 0
        || header.firstBlock() != 1
        || header.previousBlockPosition() != 0) {
      throw wrong(
          first,
          SegmentHeader.FIRST_SEQ_AT,
          "it is the first segment there is, but begins with seq "
              + header.firstSeq()
              + ". The segments before it are missing");
    }
  }

  /** The last block of a segment must end exactly where the next segment says it does. */
  private static void checkSeam(MappedSegment before, MappedSegment after) {
    SegmentHeader header = after.header();
    long lastBlock = header.previousBlockPosition();
    if (lastBlock < before.base() + SegmentHeader.BYTES
        || header.basePosition() - before.base() > before.fileLength()) {
      throw wrong(
          after,
          SegmentHeader.BASE_POSITION_AT,
          "it does not follow on "
              + before.file().getFileName()
              + ". A segment between them is missing, or that one has been cut short");
    }
    BlockHeader last = Blocks.headerIn(before, lastBlock);
    if (last == null) {
      throw Damage.at(before, lastBlock, "there is no valid header of its last block");
    }
    if (last.endPosition() != header.basePosition()
        || last.number() + 1 != header.firstBlock()
        || last.lastSeq() + 1 != header.firstSeq()) {
      throw wrong(
          after,
          SegmentHeader.BASE_POSITION_AT,
          "it does not follow on the last block of "
              + before.file().getFileName()
              + ", which ends with seq "
              + last.lastSeq());
    }
  }

  private static LogDamagedException wrong(MappedSegment segment, long offset, String what) {
    return new LogDamagedException(
        segment.file(),
        offset,
        "Segment "
            + segment.file()
            + " is not what it should be: "
            + what
            + ". The log stays closed and nothing was changed; restore the missing or wrong file.",
        null);
  }
}
