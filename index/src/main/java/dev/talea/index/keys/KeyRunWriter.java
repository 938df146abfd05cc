// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import static dev.talea.index.keys.KeyRunLayout.*;

import dev.talea.index.derived.DerivedHeader;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Writes one {@link KeyRun} from keys sorted by hash: filter and pages both follow the order of the
 * hashes, so both are written as streams, and memory does not depend on the number of keys.
 *
 * <p>Belongs to one thread, for one file.
 */
final class KeyRunWriter {
  private static final int BUFFER_BYTES = 1 << 16;

  private final long identity;
  private final long homePages;
  private final long blocks;
  private final CRC32C crc = new CRC32C();

  private final Stream filter;
  private final byte[] block = new byte[BLOCK_BYTES];
  private long blockNumber;

  private final Stream pages;
  private final byte[] page = new byte[PAGE_BYTES];
  private final ByteBuffer pageView = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
  private long pageNumber;
  private int entries;

  /** A place in the file to which bytes are appended in large pieces. */
  private static final class Stream {
    private final DiskFile file;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long at;
    private long syncedAt;

    Stream(DiskFile file, long at) {
      this.file = file;
      this.at = at;
      this.syncedAt = at;
    }

    void put(byte[] bytes) throws IOException {
      if (buffer.remaining() < bytes.length) {
        flush();
      }
      buffer.put(bytes);
    }

    void flush() throws IOException {
      buffer.flip();
      int length = buffer.remaining();
      file.write(buffer, at);
      at += length;
      buffer.clear();
      if (at - syncedAt >= DerivedHeader.SYNCED_EVERY_BYTES) {
        file.force(false);
        syncedAt = at;
      }
    }
  }

  private KeyRunWriter(DiskFile file, long identity, long count) {
    this.identity = identity;
    this.homePages = homePages(count);
    this.blocks = blocks(count);
    this.filter = new Stream(file, filterAt());
    this.pages = new Stream(file, pagesAt(blocks));
  }

  /**
   * Writes a file and gives it its name once it is whole.
   *
   * @param count how many keys there are
   * @param from seq of the first record covered
   * @param to seq of the last record covered, which is durable
   * @param temporary name until then
   * @throws IOException if the disk does not take it; nothing but the temporary file is left then
   */
  static KeyRun write(
      Disk disk, LogReader log, long from, long to, long count, KeyEntries keys, Path temporary)
      throws IOException {
    Path target = temporary.resolveSibling(name(from, to));
    disk.deleteIfExists(temporary);
    try (DiskFile file = disk.create(temporary)) {
      KeyRunWriter writer = new KeyRunWriter(file, identity(log, from, to), count);
      long written = 0;
      while (keys.next()) {
        writer.add(keys.hash(), keys.position());
        written++;
      }
      if (written != count) {
        throw new IllegalStateException(
            target + " was to get " + count + " keys and got " + written);
      }
      long pages = writer.finish();
      long[] fields = new long[DerivedHeader.FIELDS];
      fields[FIELD_COUNT] = count;
      fields[FIELD_HOME_PAGES] = writer.homePages;
      fields[FIELD_PAGES] = pages;
      fields[FIELD_BLOCKS] = writer.blocks;
      file.write(new DerivedHeader(MAGIC, log.id(), from, log.anchor(to), fields).encode(), 0);
      if (length(writer.blocks, pages) >= DerivedHeader.SYNCED_FROM_BYTES) {
        file.force(true);
      }
    }
    disk.rename(temporary, target);
    return KeyRun.open(disk, target, log);
  }

  private void add(long hash, long position) throws IOException {
    addToFilter(hash);
    long home = part(hash, homePages);
    while (pageNumber < home) {
      endPage(false);
    }
    if (entries == PAGE_ENTRIES) {
      endPage(true);
    }
    int at = PAGE_FIRST_ENTRY + entries * ENTRY_BYTES;
    pageView.putLong(at, hash);
    pageView.putLong(at + Long.BYTES, position);
    entries++;
  }

  private void addToFilter(long hash) throws IOException {
    long number = part(hash, blocks);
    while (blockNumber < number) {
      endBlock();
    }
    for (int i = 0; i < BITS_A_KEY; i++) {
      int bit = bit(hash, i);
      block[BLOCK_BITS_AT + (bit >>> 3)] |= (byte) (1 << (bit & 7));
    }
  }

  private void endBlock() throws IOException {
    int sum = crc(crc, identity, blockNumber, block, BLOCK_BYTES);
    ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).putInt(BLOCK_CRC, sum);
    filter.put(block);
    Arrays.fill(block, (byte) 0);
    blockNumber++;
  }

  private void endPage(boolean spills) throws IOException {
    pageView.putShort(PAGE_COUNT, (short) entries);
    pageView.putShort(PAGE_SPILLS, (short) (spills ? 1 : 0));
    pageView.putInt(PAGE_CRC, crc(crc, identity, pageNumber, page, PAGE_BYTES));
    pages.put(page);
    Arrays.fill(page, (byte) 0);
    entries = 0;
    pageNumber++;
  }

  /** Ends what is open and returns how many pages there are. */
  private long finish() throws IOException {
    while (blockNumber < blocks) {
      endBlock();
    }
    do {
      endPage(false);
    } while (pageNumber < homePages);
    filter.flush();
    pages.flush();
    return pageNumber;
  }
}
