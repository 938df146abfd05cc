// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogSettings;
import dev.talea.log.SimulatedDisk;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * The files byte by byte: against a golden file, so that no change of the format goes unnoticed,
 * and with a reader written from docs/log-format.md alone, so that the description is enough to
 * write one.
 *
 * <p>A deliberate change of the format comes with a new version number and a new golden file:
 * {@code -Dtalea.golden.write=true} writes it.
 */
class LogFormatTest {

  private static final Path DIR = Path.of("/data");
  private static final String GOLDEN = "golden-log-v2.hex";
  private static final List<String> PAYLOADS = new ArrayList<>();

  static {
    for (int i = 1; i <= 9; i++) {
      PAYLOADS.add("record " + "abcdefghi".repeat(i - 1) + i);
    }
  }

  @Test
  void theBytesAreThoseOfTheGoldenFile() throws Exception {
    byte[] segment = write().content(segment());
    int end = segment.length;
    while (segment[end - 1] == 0) {
      end--;
    }
    String hex = HexFormat.ofDelimiter("").formatHex(segment, 0, end);
    StringBuilder lines = new StringBuilder();
    for (int at = 0; at < hex.length(); at += 64) {
      lines.append(hex, at, Math.min(at + 64, hex.length())).append('\n');
    }
    if (Boolean.getBoolean("talea.golden.write")) {
      Files.writeString(Path.of("src/test/resources", GOLDEN), lines);
    }
    try (InputStream golden = LogFormatTest.class.getResourceAsStream("/" + GOLDEN)) {
      assertNotNull(golden, "the golden file is missing");
      assertEquals(
          new String(golden.readAllBytes(), StandardCharsets.US_ASCII),
          lines.toString(),
          "the format has changed: give it a new version, and keep a reader for the old one");
    }
  }

  private static Path segment() {
    return DIR.resolve("books").resolve("main%3abook").resolve("00000000000000000001.log");
  }

  /** Three blocks of 1, 3 and 5 records, and a close mark. */
  private static SimulatedDisk write() {
    SimulatedDisk disk = new SimulatedDisk(1);
    AtomicLong now = new AtomicLong(1_800_000_000_000_000L);
    AtomicLong random = new AtomicLong(0x0102030405060708L);
    LogEnvironment environment =
        CrashTest.environment(disk)
            .withClock(() -> now.addAndGet(1000))
            .withRandom(() -> random.addAndGet(0x1111111111111111L));
    LogSettings settings = LogSettings.DEFAULTS.withIdleMillis(60_000); // one mark, at the end
    try (LogDirectory logs = LogDirectory.open(DIR, settings, environment)) {
      Log<Append> log = logs.createLog("main:book", AppendHandler::goingOn);
      int next = 0;
      for (int count : new int[] {1, 3, 5}) {
        byte[][] payloads = new byte[count][];
        for (int i = 0; i < count; i++) {
          payloads[i] = PAYLOADS.get(next++).getBytes(StandardCharsets.UTF_8);
        }
        Append append = Append.of(payloads);
        assertTrue(log.submit(append, 1));
        append.done.join();
      }
    }
    return disk;
  }

  // ------------------------------------------------- a reader written from the description alone

  @Test
  void aReaderWrittenFromTheDescriptionReadsTheFile() throws Exception {
    ByteBuffer file = ByteBuffer.wrap(write().content(segment())).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals("TALEASEG", ascii(file, 0, 8));
    assertEquals(2, file.getInt(8));
    byte[] header = part(file, 0, 4096);
    Arrays.fill(header, 12, 16, (byte) 0);
    assertEquals(file.getInt(12), crc32c(header));
    final long salt = file.getLong(24);
    assertEquals(1, file.getLong(32), "first seq");
    assertEquals(0, file.getLong(40), "base position");
    assertEquals("main:book", ascii(file, 96, file.getInt(80)));

    int at = 4096;
    List<byte[]> leaves = new ArrayList<>();
    long seq = 1;
    long previous = 0;
    long[] jumps = new long[5];
    long[] positions = new long[5];
    int[] counts = {1, 3, 5, 0};
    for (int block = 1; block <= 4; block++) {
      assertEquals("TBLK", ascii(file, at, 4));
      assertEquals(file.getInt(at + 4), placedCrc(salt, at, file, at + 8, 120));
      int bodyLength = file.getInt(at + 8);
      byte[] body = part(file, at + 128, bodyLength);
      assertEquals(file.getInt(at + 12), crc32c(body));
      assertEquals(counts[block - 1], file.getInt(at + 16));
      assertEquals(block == 4 ? 1 : 0, file.getInt(at + 20), "flags");
      assertEquals(seq, file.getLong(at + 24));
      assertEquals(block, file.getLong(at + 40));
      assertEquals(previous, file.getLong(at + 48));
      positions[block] = at;
      jumps[block] = file.getLong(at + 56);
      assertEquals(seq - 1, file.getLong(at + 64));
      assertArrayEquals(root(leaves), part(file, at + 72, 32));
      int record = at + 128;
      for (int i = 0; i < counts[block - 1]; i++, seq++) {
        int length = file.getInt(record + 4);
        assertEquals(file.getInt(record), placedCrc(salt, record, file, record + 4, 20 + length));
        assertEquals(seq, file.getLong(record + 8));
        int proven = file.getInt(record + 16);
        assertEquals(length - length / 4, proven);
        assertEquals(0, file.getInt(record + 20));
        assertEquals(PAYLOADS.get((int) seq - 1), ascii(file, record + 24, length));
        byte[] content = sha256(part(file, record + 24, proven));
        leaves.add(sha256(new byte[] {0}, part(file, record + 8, 8), content));
        record += (24 + length + 7) / 8 * 8;
      }
      assertEquals(at + 128 + bodyLength, record);
      previous = at;
      at = record;
    }
    // Block 1 jumps nowhere, 2 to 1, 3 over both, 4 to 3.
    assertArrayEquals(new long[] {0, 0, positions[1], 0, positions[3]}, jumps);
    while (at < file.capacity()) {
      assertEquals(0, file.get(at++));
    }
  }

  /** RFC 9162, section 2.1.1, as it is written there. */
  private static byte[] root(List<byte[]> leaves) throws NoSuchAlgorithmException {
    if (leaves.isEmpty()) {
      return sha256();
    }
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int left = Integer.highestOneBit(leaves.size() - 1);
    return sha256(
        new byte[] {1}, root(leaves.subList(0, left)), root(leaves.subList(left, leaves.size())));
  }

  private static byte[] sha256(byte[]... parts) throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }

  private static byte[] part(ByteBuffer file, int at, int length) {
    byte[] bytes = new byte[length];
    file.get(at, bytes);
    return bytes;
  }

  private static String ascii(ByteBuffer file, int at, int length) {
    return new String(part(file, at, length), StandardCharsets.US_ASCII);
  }

  private static int placedCrc(long salt, long position, ByteBuffer file, int from, int length) {
    byte[] all = new byte[16 + length];
    ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(salt).putLong(position);
    file.get(from, all, 16, length);
    return crc32c(all);
  }

  /** CRC-32C bit by bit: reflected polynomial 0x82F63B78, all ones before and inverted after. */
  private static int crc32c(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82F63B78 : crc >>> 1;
      }
    }
    return ~crc;
  }
}
