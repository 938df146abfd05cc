// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The first segment of a log, read as docs/log-format.md says and with nothing else: no class of
 * the product is used here, so that the description is shown to be enough. Apart from the tests
 * because what a room puts into records is read through this too.
 *
 * <p>Whatever is not as the description says fails the test. Not for later segments, whose
 * positions are not offsets.
 */
public final class DescribedSegment {

  /** A group of records; a close mark has none. */
  public record Block(int position, int flags, long commitTime, long jump, List<Entry> records) {
    public Block {
      records = List.copyOf(records);
    }
  }

  /** A record. */
  @SuppressWarnings("ArrayRecordComponent") // read, and compared by none
  public record Entry(long seq, long commitTime, byte[] payload, int provenBytes) {}

  private final ByteBuffer file;
  private final List<Block> blocks = new ArrayList<>();
  private final List<byte[]> leaves = new ArrayList<>();

  /** Reads all of it. */
  public DescribedSegment(byte[] segment) throws NoSuchAlgorithmException {
    file = ByteBuffer.wrap(segment).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals("TALEASEG", text(0, 8));
    assertEquals(2, file.getInt(8));
    byte[] header = part(0, 4096);
    Arrays.fill(header, 12, 16, (byte) 0);
    assertEquals(file.getInt(12), crc32c(header));
    assertEquals(1, file.getLong(32), "first seq");
    assertEquals(0, file.getLong(40), "base position");
    int at = 4096;
    while (file.getInt(at) != 0) {
      at = block(at);
    }
    while (at < file.capacity()) {
      assertEquals(0, file.get(at++));
    }
  }

  /** Reads a block; where it ends. */
  private int block(int at) throws NoSuchAlgorithmException {
    assertEquals("TBLK", text(at, 4));
    assertEquals(file.getInt(at + 4), placedCrc(at, at + 8, 120));
    final int bodyLength = file.getInt(at + 8);
    assertEquals(file.getInt(at + 12), crc32c(part(at + 128, bodyLength)));
    int count = file.getInt(at + 16);
    int flags = file.getInt(at + 20);
    assertEquals(count == 0 ? 1 : 0, flags, "a close mark, and nothing else, has no records");
    long seq = leaves.size() + 1L;
    assertEquals(seq, file.getLong(at + 24));
    long time = file.getLong(at + 32);
    Block before = blocks.isEmpty() ? null : blocks.get(blocks.size() - 1);
    if (before != null) {
      assertTrue(count == 0 ? time == before.commitTime : time > before.commitTime);
    }
    assertEquals(blocks.size() + 1, file.getLong(at + 40));
    assertEquals(before == null ? 0 : before.position, file.getLong(at + 48));
    assertEquals(seq - 1, file.getLong(at + 64));
    assertArrayEquals(root(leaves.size()), part(at + 72, 32));
    List<Entry> records = new ArrayList<>();
    int record = at + 128;
    for (int i = 0; i < count; i++, seq++) {
      int length = file.getInt(record + 4);
      assertEquals(file.getInt(record), placedCrc(record, record + 4, 20 + length));
      assertEquals(seq, file.getLong(record + 8));
      int proven = file.getInt(record + 16);
      assertEquals(0, file.getInt(record + 20));
      records.add(new Entry(seq, time, part(record + 24, length), proven));
      byte[] content = sha256(part(record + 24, proven));
      leaves.add(sha256(new byte[] {0}, part(record + 8, 8), content));
      int end = record + 24 + length;
      record += (24 + length + 7) / 8 * 8;
      assertArrayEquals(new byte[record - end], part(end, record - end));
    }
    assertEquals(at + 128 + bodyLength, record);
    blocks.add(new Block(at, flags, time, file.getLong(at + 56), records));
    return record;
  }

  /** Of the log. */
  public String name() {
    return text(96, file.getInt(80));
  }

  /** In their order. */
  public List<Block> blocks() {
    return List.copyOf(blocks);
  }

  /** Those of all blocks. */
  public List<Entry> records() {
    return blocks.stream().flatMap(block -> block.records.stream()).toList();
  }

  /** Root of the tree over the first records. */
  public byte[] root(long size) throws NoSuchAlgorithmException {
    return root(leaves.subList(0, (int) size));
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

  private byte[] part(int at, int length) {
    byte[] bytes = new byte[length];
    file.get(at, bytes);
    return bytes;
  }

  private String text(int at, int length) {
    return new String(part(at, length), StandardCharsets.UTF_8);
  }

  private int placedCrc(long position, int from, int length) {
    byte[] all = new byte[16 + length];
    long salt = file.getLong(24);
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
