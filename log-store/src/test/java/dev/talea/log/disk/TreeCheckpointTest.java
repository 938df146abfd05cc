// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.DiskFile;
import dev.talea.log.Log;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHead;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Blocks;
import dev.talea.log.format.Bytes;
import dev.talea.log.format.ChainState;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Segments;
import dev.talea.log.format.TreeCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The note of the hash tree makes opening faster and never different. */
class TreeCheckpointTest {

  private static final Path DIR = Path.of("/data");
  private static final Path FOLDER = DIR.resolve("books").resolve("log");
  private static final Path FILE = FOLDER.resolve(TreeCheckpoint.FILE);

  private final LogSettings settings = LogSettings.DEFAULTS.withSegmentBytesMax(1 << 17);
  private SimulatedDisk disk = new SimulatedDisk(1);

  @Test
  void itSparesTheHashingUpToTheCloseMark() {
    write(30, 9); // more than a quarter of a segment, so that it is noted
    List<String> files = SegmentFiles.list(disk, FOLDER);
    assertTrue(files.contains(TreeCheckpoint.FILE));
    SegmentMaps maps = new SegmentMaps(disk, 4);
    Segments<MappedSegment> segments = SegmentFiles.load(maps, FOLDER, files, "log");
    SegmentHeader header = segments.last().header();
    TreeCheckpoint known =
        Objects.requireNonNull(TreeCheckpoint.read(disk, FOLDER, files, header.logId()));
    ChainState chain = ChainState.atStartOf(header, new Blocks(segments));
    try (SegmentWindow window = new SegmentWindow(segments.last())) {
      assertTrue(new BlockScan(window, chain).skipTo(known, window.fileLength()));
    }
    VerifyReport report = new LogFiles(DIR, disk).verify("log");
    assertEquals(report.treeHead(), chain.treeHead());
    assertEquals(report.records() + 1, chain.nextSeq());
    assertTrue(chain.closed());
  }

  @Test
  void whateverIsInItTheLogOpensToTheSame() throws IOException {
    write(30, 9);
    TreeHead expected = new LogFiles(DIR, disk).verify("log").treeHead();
    byte[] good = disk.content(FILE);
    for (int bit = 0; bit < good.length * 8; bit += 7) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      checkWith(bad, expected);
    }
    for (int length = 0; length < good.length; length += 5) {
      checkWith(Arrays.copyOf(good, length), expected);
    }
    checkWith(Arrays.copyOf(good, good.length + 8), expected);
    checkWith(good, expected);
    disk.deleteIfExists(FILE);
    assertEquals(expected, Recovery.find(new SegmentMaps(disk, 4), FOLDER, "log").treeHead());
  }

  private void checkWith(byte[] content, TreeHead expected) throws IOException {
    disk.deleteIfExists(FILE);
    try (DiskFile file = disk.create(FILE)) {
      file.write(ByteBuffer.wrap(content), 0);
    }
    assertEquals(expected, Recovery.find(new SegmentMaps(disk, 4), FOLDER, "log").treeHead());
  }

  /** It is of this very log and knows of more records than there are: the end has been lost. */
  @Test
  void oneThatKnowsOfALaterEndKeepsTheLogClosedAndIsKept() throws IOException {
    write(30, 9);
    long known = new LogFiles(DIR, disk).verify("log").records();
    Path segment = FOLDER.resolve("00000000000000000001.log");
    byte[] content = disk.content(segment);
    int end = SegmentHeader.BYTES;
    List<Integer> ends = new ArrayList<>();
    while (Bytes.getInt(content, end) != 0) {
      ends.add(end);
      end += BlockHeader.BYTES + Bytes.getInt(content, end + 8);
    }
    ends.remove(ends.size() - 1); // without the close mark no record is missing
    for (int cut : ends.subList(ends.size() - 10, ends.size())) {
      SimulatedDisk lost = disk.afterProcessDeath();
      disk = lost;
      try (DiskFile file = lost.open(segment)) {
        Zeros.write(file, cut, content.length);
      }
      byte[] before = lost.content(segment);
      LogDamagedException e;
      try (LogDirectory logs = LogDirectory.open(DIR, settings, CrashTest.environment(lost))) {
        e =
            assertThrows(
                LogDamagedException.class, () -> logs.openLog("log", AppendHandler::goingOn));
      }
      assertTrue(e.isEndLost());
      String text = e.getMessage();
      assertTrue(text.contains(FILE.toString()) && text.contains("seq " + known), text);
      assertFalse(e.clientMessage().contains("/"), e.clientMessage());
      assertThrows(LogDamagedException.class, () -> new LogFiles(DIR, lost).read("log").reader());
      assertThrows(LogDamagedException.class, () -> new LogFiles(DIR, lost).verify("log"));
      assertArrayEquals(before, lost.content(segment), "nothing is changed");
      assertTrue(lost.exists(FILE), "the proof is kept");
    }
    disk.deleteIfExists(FILE); // what the message says for a copy
    write(1, 1);
  }

  @Test
  void anOldOneStillServesAfterACrashAndOneOfAnEarlierSegmentDoesNoHarm() throws IOException {
    write(30, 9);
    byte[] old = disk.content(FILE);
    LogDirectory logs = LogDirectory.open(DIR, settings, CrashTest.environment(disk));
    append(logs.openLog("log", AppendHandler::goingOn), 5);
    disk = disk.afterProcessDeath();
    assertEquals(ByteBuffer.wrap(old), ByteBuffer.wrap(disk.content(FILE)));
    write(30, 9); // opens after the crash, and goes on
    for (int life = 0; life < 4; life++) {
      write(20, 9); // through several segments
      TreeHead expected = new LogFiles(DIR, disk).verify("log").treeHead();
      checkWith(old, expected);
    }
  }

  @Test
  void aFlippedBitInABlockThatIsNotHashedIsStillFound() throws IOException {
    write(30, 9);
    Path segment = FOLDER.resolve("00000000000000000001.log");
    byte[] content = disk.content(segment);
    for (int offset = SegmentHeader.BYTES; offset < content.length; offset += 997) {
      boolean zerosBehind = Bytes.allZero(content, offset, content.length);
      disk.flipBit(segment, offset, 3);
      if (!zerosBehind) {
        assertThrows(
            LogDamagedException.class,
            () -> Recovery.find(new SegmentMaps(disk, 4), FOLDER, "log"));
      }
      disk.flipBit(segment, offset, 3);
    }
  }

  @Test
  void aShortLogIsNotWorthAFile() throws IOException {
    write(3, 2);
    assertFalse(disk.exists(FILE));
  }

  private void write(int blocks, int recordsEach) {
    try (LogDirectory logs = LogDirectory.open(DIR, settings, CrashTest.environment(disk))) {
      Log<Append> log =
          logs.exists("log")
              ? logs.openLog("log", AppendHandler::goingOn)
              : logs.createLog("log", AppendHandler::goingOn);
      for (int block = 0; block < blocks; block++) {
        append(log, recordsEach);
      }
    }
  }

  private static void append(Log<Append> log, int records) {
    byte[][] payloads = new byte[records][];
    for (int i = 0; i < records; i++) {
      payloads[i] = new byte[200 + i];
      Arrays.fill(payloads[i], (byte) (i + log.durableSeq()));
    }
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    append.done.join();
  }
}
