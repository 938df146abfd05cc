// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.talea.log.Log;
import dev.talea.log.LogCursor;
import dev.talea.log.LogException;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.TreeHash;
import dev.talea.log.format.BlockHeader;
import dev.talea.log.format.SegmentHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;

/**
 * Whatever bytes stand in a block, with checksums that are right: reading the log gives records or
 * refuses it by name. Checksums are made right here, because nothing behind them would ever be
 * reached by chance. A build repeats the known inputs; with {@code JAZZER_FUZZ=1} it looks for
 * others.
 */
@Tag("slow")
class BlockFuzzTest {
  private static final Path DIR = Path.of("/data");
  private static final Path FOLDER = DIR.resolve("books").resolve("b");
  private static final Path SEGMENT = FOLDER.resolve("00000000000000000001.log");
  private static final int SALT_AT = 24;
  private static final int RECORD_HEADER_BYTES = 24;
  private static final int BODY_BYTES_MAX = 1 << 15;

  /** What is in front of the first block, which is the same for all inputs. */
  private static final byte[] HEADER = header();

  private static byte[] header() {
    SimulatedDisk disk = new SimulatedDisk(1);
    try (LogDirectory logs =
            LogDirectory.open(DIR, LogSettings.DEFAULTS, CrashTest.environment(disk));
        Log<Append> log = logs.createLog("b", AppendHandler::goingOn)) {
      assertTrue(log.durableSeq() == 0);
    }
    return Arrays.copyOf(disk.content(SEGMENT), SegmentHeader.BYTES);
  }

  @FuzzTest(maxDuration = "30s")
  void block(byte[] bytes) throws IOException {
    int length = Math.min(bytes.length, BODY_BYTES_MAX) / 8 * 8;
    byte[] body = Arrays.copyOf(bytes, length);
    long salt = ByteBuffer.wrap(HEADER).order(ByteOrder.LITTLE_ENDIAN).getLong(SALT_AT);
    int count = sealed(body, salt);
    for (int records = count; records <= count + 1; records++) {
      BlockHeader block =
          new BlockHeader(
              SegmentHeader.BYTES,
              length,
              crc(body, 0, length),
              records,
              0,
              1,
              1_700_000_000_000_000L,
              1,
              0,
              0,
              0,
              new TreeHash().empty());
      ByteBuffer segment = ByteBuffer.allocate(HEADER.length + BlockHeader.BYTES + length + 4096);
      segment.put(HEADER).put(block.encode(salt)).put(body).rewind();
      SimulatedDisk disk = new SimulatedDisk(1);
      disk.createDurably(FOLDER);
      try (var file = disk.create(SEGMENT)) {
        file.write(segment, 0);
      }
      readAll(new LogFiles(DIR, disk));
    }
  }

  private static void readAll(LogFiles files) {
    try {
      files.verify("b");
    } catch (LogException e) {
      assertTrue(("" + e.getMessage()).contains("'b'") || ("" + e.getMessage()).contains("/b/"));
    }
    try {
      LogReader log = files.read("b").found();
      LogCursor cursor = log.cursor(1);
      while (cursor.next()) {
        assertTrue(cursor.provenBytes() <= cursor.payload().remaining());
        log.record(cursor.position());
        log.positionOf(cursor.seq());
      }
    } catch (LogException e) {
      // refused by name
    }
  }

  /** Gives every record that can be told its checksum; how many there are. */
  private static int sealed(byte[] body, long salt) {
    ByteBuffer all = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
    int count = 0;
    for (int at = 0; at + RECORD_HEADER_BYTES <= body.length; count++) {
      int length = all.getInt(at + 4);
      if (length < 0 || length > body.length - at - RECORD_HEADER_BYTES) {
        break;
      }
      int bytes = RECORD_HEADER_BYTES + length;
      ByteBuffer placed = ByteBuffer.allocate(16 + bytes - 4).order(ByteOrder.LITTLE_ENDIAN);
      placed.putLong(salt).putLong(SegmentHeader.BYTES + BlockHeader.BYTES + at);
      placed.put(body, at + 4, bytes - 4);
      all.putInt(at, crc(placed.array(), 0, placed.capacity()));
      at += (bytes + 7) / 8 * 8;
    }
    return count;
  }

  private static int crc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
