// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.talea.log.DiskFile;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogVersionException;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.Bytes;
import dev.talea.log.format.Crc;
import dev.talea.log.format.SegmentHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One bit is flipped at every byte of a log, one at a time. Every flip has to be found and named,
 * or cut off as what it then looks like, a torn tail; none may ever be served.
 *
 * <p>{@code -Dtalea.seed=S}: other records, and at each byte another bit.
 */
@Tag("slow")
class BitFlipTest {

  private static final long SEED = Long.getLong("talea.seed", 0);
  private static final Path DIR = Path.of("/data");
  private static final LogSettings SETTINGS =
      LogSettings.DEFAULTS
          .withSegmentBytesMax(1 << 16)
          .withGroupMax(1 << 12, 64)
          .withSpaceSteps(1 << 12, 1 << 12)
          .withIdleMillis(5);
  private static final Path FIRST =
      DIR.resolve("books").resolve("log").resolve("00000000000000000001.log");

  private final List<byte[]> written = new ArrayList<>();
  private final List<Long> positions = new ArrayList<>();

  @Test
  void everyFlippedBitOfASealedSegmentIsFoundAndNamedAndNeverServed() {
    SimulatedDisk disk = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk));
    Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
    while (new LogFiles(DIR, disk).verify("log").segments() < 2) {
      append(log, 6, 1500);
    }
    logs.close();
    int length = disk.content(FIRST).length;
    assertEquals(1 << 16, length);
    for (int at = 0; at < length; at++) {
      disk.flipBit(FIRST, at, bit(at));
      LogDamagedException found =
          assertThrows(
              LogDamagedException.class,
              () -> new LogFiles(DIR, disk).verify("log"),
              "flip at byte " + at + " was not found");
      assertEquals(FIRST, found.file());
      assertTrue(found.getMessage().contains(FIRST.toString()), found.getMessage());
      assertTrue(found.offset() <= at, "named byte " + found.offset() + " for a flip at " + at);
      if (at % 16 == 0) {
        nothingDamagedIsServed(disk);
      }
      disk.flipBit(FIRST, at, bit(at));
    }
    new LogFiles(DIR, disk).verify("log");
  }

  /**
   * Opening may succeed, for it trusts sealed segments until they are read; reading may not lie.
   */
  private void nothingDamagedIsServed(SimulatedDisk disk) {
    LogReader reader;
    try {
      reader = new LogFiles(DIR, disk).read("log").reader();
    } catch (LogDamagedException e) {
      return;
    }
    for (int i = 0; i < written.size(); i++) {
      try {
        assertArrayEquals(written.get(i), bytes(reader.record(positions.get(i)).payload()));
      } catch (LogDamagedException e) {
        assertEquals(FIRST, e.file());
      }
    }
    int passed = 0;
    try {
      LogCursor cursor = reader.cursor(1);
      while (cursor.next()) {
        assertArrayEquals(written.get(passed++), bytes(cursor.payload()));
      }
      assertEquals(written.size(), passed, "the cursor left records out without a word");
    } catch (LogDamagedException e) {
      assertEquals(FIRST, e.file());
    }
  }

  @Test
  void everyFlippedBitOfACleanlyClosedLogIsFoundOrHarmless() {
    SimulatedDisk whole = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(whole));
    append(logs.createLog("log", AppendHandler::goingOn), 5, 300);
    logs.close();
    // The close mark proves that all blocks of records were synced. So even the last of them is
    // known to be damaged, not torn.
    int dataEnd = (int) new LogFiles(DIR, whole).verify("log").bytes() - BlockHeader.BYTES;
    int length = whole.content(FIRST).length;
    for (int at = 0; at < length; at++) {
      SimulatedDisk disk = whole.afterProcessDeath();
      disk.flipBit(FIRST, at, bit(at));
      byte[] before = disk.content(FIRST);
      try (LogDirectory again = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk))) {
        Log<Append> log = again.openLog("log", AppendHandler::goingOn);
        assertTrue(at >= dataEnd, "a flip at byte " + at + " was not found");
        checkAll(log, written.size());
        assertKept(disk, before);
      } catch (LogDamagedException e) {
        assertTrue(at < dataEnd, () -> "harmless, but refused: " + e.getMessage());
        assertEquals(FIRST, e.file());
        assertArrayEquals(before, disk.content(FIRST), "a damaged log was changed");
      }
    }
  }

  @Test
  void everyFlippedBitOfACrashedLogIsFoundOrCutOffAndKept() {
    SimulatedDisk crashed = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(crashed));
    Log<Append> first = logs.createLog("log", AppendHandler::goingOn);
    append(first, 1, 200);
    append(first, 1, 200);
    append(first, 2, 200);
    SimulatedDisk whole = crashed.afterProcessDeath();
    int lastBlock = lastBlockOffset(whole);
    int dataEnd = (int) new LogFiles(DIR, whole).verify("log").bytes();
    int length = whole.content(FIRST).length;
    for (int at = 0; at < length; at++) {
      SimulatedDisk disk = whole.afterProcessDeath();
      disk.flipBit(FIRST, at, bit(at));
      byte[] before = disk.content(FIRST);
      try (LogDirectory again = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk))) {
        Log<Append> log = again.openLog("log", AppendHandler::goingOn);
        assertTrue(at >= lastBlock, "a flip at byte " + at + " was not found");
        checkAll(log, at < dataEnd ? 2 : 4);
        assertKept(disk, before);
      } catch (LogDamagedException e) {
        assertTrue(at < lastBlock, () -> "refused: " + e.getMessage());
        assertEquals(FIRST, e.file());
        assertArrayEquals(before, disk.content(FIRST), "a damaged log was changed");
      }
    }
  }

  /** The torn block has no valid header, but it is there, so the one before had been synced. */
  @Test
  void aFlippedBitBeforeATornBlockIsDamageAndNotPartOfTheTear() throws Exception {
    SimulatedDisk crashed = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(crashed));
    append(logs.createLog("log", AppendHandler::goingOn), 2, 300);
    SimulatedDisk disk = crashed.afterProcessDeath();
    int end = (int) new LogFiles(DIR, disk).verify("log").bytes();
    try (DiskFile file = disk.open(FIRST)) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), end + 500);
    }
    disk.flipBit(FIRST, end - 20, 1);
    LogDamagedException e =
        assertThrows(LogDamagedException.class, () -> new LogFiles(DIR, disk).read("log").reader());
    assertTrue(e.getMessage().contains("something was written behind it"), e.getMessage());
  }

  @Test
  void aFlippedBitIsNamedWithFileByteSeqAndBothChecksums() {
    SimulatedDisk disk = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk));
    Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
    append(log, 1, 100);
    append(log, 1, 100);
    logs.close();
    disk.flipBit(FIRST, SegmentHeader.BYTES + BlockHeader.BYTES + 20, 3);
    LogDamagedException e =
        assertThrows(LogDamagedException.class, () -> new LogFiles(DIR, disk).verify("log"));
    assertTrue(
        e.getMessage()
            .matches(
                "Segment \\S+00000000000000000001.log is damaged at byte 4096: the block of seq 1"
                    + " to 1 has stored CRC [0-9a-f]{8}, computed [0-9a-f]{8};.*not a torn write.*"),
        e.getMessage());
  }

  @Test
  void aMissingOrShortenedOrForeignSegmentIsNamed() throws Exception {
    SimulatedDisk disk = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk));
    Log<Append> log = logs.createLog("log", AppendHandler::goingOn);
    while (new LogFiles(DIR, disk).verify("log").segments() < 3) {
      append(log, 20, 1500);
    }
    logs.close();
    Path folder = logs.folder("log");
    List<String> files = disk.list(folder).stream().filter(f -> f.endsWith(".log")).toList();

    for (int missing = 0; missing < 2; missing++) {
      SimulatedDisk copy = disk.afterProcessDeath();
      copy.deleteIfExists(folder.resolve(files.get(missing)));
      LogDamagedException e =
          assertThrows(
              LogDamagedException.class, () -> new LogFiles(DIR, copy).read("log").reader());
      assertTrue(e.getMessage().contains("missing"), e.getMessage());
    }
    SimulatedDisk copy = disk.afterProcessDeath();
    Path second = folder.resolve(files.get(1));
    byte[] bytes = copy.content(second);
    copy.deleteIfExists(second);
    try (DiskFile file = copy.create(second)) {
      file.write(ByteBuffer.wrap(bytes, 0, 20_000), 0);
    }
    LogDamagedException cut =
        assertThrows(LogDamagedException.class, () -> new LogFiles(DIR, copy).read("log").reader());
    assertTrue(cut.getMessage().contains("cut short"), cut.getMessage());
  }

  @Test
  void aSegmentOfAnotherVersionIsRefusedAsThatAndNotAsDamage() throws Exception {
    assertRefused(1, "never released");
    written.clear();
    assertRefused(3, "newer talea");
  }

  private void assertRefused(int version, String hint) throws Exception {
    SimulatedDisk disk = new SimulatedDisk(1);
    LogDirectory logs = LogDirectory.open(DIR, SETTINGS, CrashTest.environment(disk));
    append(logs.createLog("log", AppendHandler::goingOn), 1, 100);
    logs.close();
    byte[] header = Arrays.copyOf(disk.content(FIRST), SegmentHeader.BYTES);
    Bytes.putInt(header, 8, version);
    Bytes.putInt(header, 12, 0);
    Bytes.putInt(header, 12, Crc.plain(header, 0, header.length));
    try (DiskFile file = disk.open(FIRST)) {
      file.write(ByteBuffer.wrap(header), 0);
    }
    LogVersionException e =
        assertThrows(LogVersionException.class, () -> new LogFiles(DIR, disk).verify("log"));
    assertTrue(e.getMessage().contains("version " + version), e.getMessage());
    assertTrue(e.getMessage().contains(hint), e.getMessage());
  }

  // ------------------------------------------------------------------ helpers

  private static int bit(int at) {
    return (int) Math.floorMod(at + SEED, 8L);
  }

  private void append(Log<Append> log, int records, int length) {
    byte[][] payloads = new byte[records][];
    Random random = new Random(SEED + written.size());
    for (int i = 0; i < records; i++) {
      payloads[i] = new byte[length / 2 + random.nextInt(length)];
      random.nextBytes(payloads[i]);
      written.add(payloads[i]);
    }
    Append append = Append.of(payloads);
    assertTrue(log.submit(append, 1));
    positions.addAll(append.done.join().positions());
  }

  private void checkAll(LogReader log, int expected) {
    assertEquals(expected, log.durableSeq());
    LogCursor cursor = log.cursor(1);
    for (int i = 0; i < expected; i++) {
      assertTrue(cursor.next());
      assertArrayEquals(written.get(i), bytes(cursor.payload()));
      assertArrayEquals(written.get(i), bytes(log.record(cursor.position()).payload()));
    }
    assertFalse(cursor.next());
  }

  /** What was cut off lies beside the log, byte for byte. */
  private static void assertKept(SimulatedDisk disk, byte[] before) {
    try {
      Path folder = FIRST.resolveSibling(".").normalize();
      List<String> torn =
          disk.list(folder).stream().filter(name -> name.startsWith("torn-")).toList();
      assertEquals(1, torn.size(), "files kept");
      String name = torn.get(0);
      int offset = Integer.parseInt(name.substring(26, name.length() - 4));
      byte[] kept = disk.content(folder.resolve(name));
      for (int i = 0; i < kept.length; i++) {
        assertEquals(before[offset + i], kept[i]);
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private static int lastBlockOffset(SimulatedDisk disk) {
    Recovery found =
        Recovery.find(new SegmentMaps(disk, 16), FIRST.resolveSibling(".").normalize(), "log");
    return (int) found.head().lastBlock();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
