// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import static dev.talea.index.keys.KeyRunLayout.*;

import dev.talea.index.derived.DamagedFileException;
import dev.talea.index.derived.DerivedHeader;
import dev.talea.index.failure.UnreadableFileException;
import dev.talea.log.Disk;
import dev.talea.log.DiskFile;
import dev.talea.log.LogReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file with the idempotency keys of a stretch of a book's log, written once and never changed:
 * see {@link KeyRunLayout} for what lies where. Everything that is looked at is copied out and
 * checked first, each time, so damage is noticed before it can say that a key is not there.
 *
 * <p>Any thread. Read through a mapping, made when first needed and dropped by {@link
 * #unmapIfUnused} when it has not been for a while; where no mapping is to be had, without one.
 */
final class KeyRun {

  /** What a look-up needs besides the file; belongs to one thread at a time. */
  static final class Scratch {
    private final CRC32C crc = new CRC32C();
    private final byte[] block = new byte[BLOCK_BYTES];
    private final byte[] page = new byte[PAGE_BYTES];
    private final ByteBuffer pageView = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer blockView = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
  }

  private final Disk disk;
  private final Path file;
  private final DerivedHeader header;
  private final long identity;
  private final long count;
  private final long homePages;
  private final long pages;
  private final long blocks;
  private volatile @Nullable ByteBuffer view;

  /** Whether a thread has looked since {@link #unmapIfUnused} did; a hint, so without a fence. */
  private boolean used;

  private KeyRun(Disk disk, Path file, DerivedHeader header, LogReader log) {
    this.disk = disk;
    this.file = file;
    this.header = header;
    this.identity = identity(log, header.fromSeq(), header.seq());
    this.count = header.fields()[FIELD_COUNT];
    this.homePages = header.fields()[FIELD_HOME_PAGES];
    this.pages = header.fields()[FIELD_PAGES];
    this.blocks = header.fields()[FIELD_BLOCKS];
  }

  /**
   * Opens a file by its header. The rest is checked as it is looked at.
   *
   * @throws DamagedFileException if it is not a file of keys of this log as it stands
   */
  static KeyRun open(Disk disk, Path path, LogReader log) throws IOException {
    try (DiskFile file = disk.openForReading(path)) {
      DerivedHeader header = DerivedHeader.read(file, path, MAGIC);
      KeyRun run = new KeyRun(disk, path, header, log);
      run.checkShape(file.size());
      header.check(path, log);
      return run;
    }
  }

  private void checkShape(long size) {
    boolean possible =
        count >= 0
            && count <= BYTES_MAX / ENTRY_BYTES
            && homePages == homePages(count)
            && blocks == blocks(count)
            && pages >= homePages
            && pages <= homePages + count
            && header.fromSeq() >= 1
            && header.fromSeq() <= header.seq()
            && file.endsWith(name(header.fromSeq(), header.seq()));
    if (!possible) {
      throw new DamagedFileException(file, "has a header whose numbers do not fit one another");
    }
    long due = length(blocks, pages);
    if (size != due) {
      throw new DamagedFileException(
          file, "has %d bytes, and its header says %d".formatted(size, due), Math.max(size, due));
    }
  }

  Path file() {
    return file;
  }

  /** Seq of the first record covered. */
  long fromSeq() {
    return header.fromSeq();
  }

  /** Seq of the last record covered. */
  long toSeq() {
    return header.seq();
  }

  /** How many keys it holds. */
  long count() {
    return count;
  }

  /**
   * Position of the record with this key, or {@link KeyRecords#ABSENT}.
   *
   * @throws DamagedFileException if what would tell is damaged
   * @throws UnreadableFileException if it cannot be read at the moment
   */
  long find(byte[] key, long hash, KeyRecords records, Scratch scratch) {
    return mayHold(hash, scratch) ? search(key, hash, records, scratch) : KeyRecords.ABSENT;
  }

  /** Whether the filter lets a look-up of this hash pass. */
  boolean mayHold(long hash, Scratch scratch) {
    long number = part(hash, blocks);
    read(filterAt() + number * BLOCK_BYTES, scratch.block);
    checkCrc("block of the filter", number, scratch.block, scratch.blockView, scratch.crc);
    for (int i = 0; i < BITS_A_KEY; i++) {
      int bit = bit(hash, i);
      if ((scratch.block[BLOCK_BITS_AT + (bit >>> 3)] & (1 << (bit & 7))) == 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Looks at the block of the filter that a look-up of this hash begins with, if that can be done
   * without a fault: see {@link KeyTable#touch}.
   */
  long touch(long hash, Scratch scratch) {
    ByteBuffer mapped = view;
    if (mapped == null) {
      return 0;
    }
    try {
      mapped.get((int) (filterAt() + part(hash, blocks) * BLOCK_BYTES), scratch.block);
      return scratch.block[0];
    } catch (InternalError e) {
      view = null; // reading it without a mapping tells what it is
      return 0;
    }
  }

  /**
   * Looks at every block of the filter, and at the zeros before and behind it.
   *
   * @throws DamagedFileException at the first that is not what was written
   */
  void checkFilter(Scratch scratch) {
    for (long number = 0; number < blocks; number++) {
      read(filterAt() + number * BLOCK_BYTES, scratch.block);
      checkCrc("block of the filter", number, scratch.block, scratch.blockView, scratch.crc);
    }
    checkZeros(DerivedHeader.BYTES, filterAt());
    checkZeros(filterAt() + blocks * BLOCK_BYTES, pagesAt(blocks));
  }

  private void checkZeros(long from, long to) {
    byte[] padding = new byte[(int) (to - from)];
    read(from, padding);
    for (int i = 0; i < padding.length; i++) {
      if (padding[i] != 0) {
        throw new DamagedFileException(
            file, "is not zero at byte " + (from + i), length(blocks, pages));
      }
    }
  }

  private long search(byte[] key, long hash, KeyRecords records, Scratch scratch) {
    for (long number = part(hash, homePages); number < pages; number++) {
      load(number, scratch);
      ByteBuffer page = scratch.pageView;
      int entries = page.getShort(PAGE_COUNT) & 0xFFFF;
      for (int i = firstNotBelow(hash, page, entries); i < entries; i++) {
        int at = PAGE_FIRST_ENTRY + i * ENTRY_BYTES;
        if (page.getLong(at) != hash) {
          return KeyRecords.ABSENT;
        }
        long position = page.getLong(at + Long.BYTES);
        if (records.hasKey(position, key)) {
          return position;
        }
      }
      if (page.getShort(PAGE_SPILLS) == 0) {
        return KeyRecords.ABSENT;
      }
    }
    return KeyRecords.ABSENT;
  }

  private static int firstNotBelow(long hash, ByteBuffer page, int entries) {
    int low = 0;
    int high = entries;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(page.getLong(PAGE_FIRST_ENTRY + middle * ENTRY_BYTES), hash) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void load(long number, Scratch scratch) {
    read(pagesAt(blocks) + number * PAGE_BYTES, scratch.page);
    checkCrc("page", number, scratch.page, scratch.pageView, scratch.crc);
    if ((scratch.pageView.getShort(PAGE_COUNT) & 0xFFFF) > PAGE_ENTRIES) {
      throw new DamagedFileException(file, "page " + number + " holds more than fits");
    }
  }

  private void checkCrc(String what, long number, byte[] bytes, ByteBuffer view, CRC32C crc) {
    int stored = view.getInt(0);
    int computed = crc(crc, identity, number, bytes, bytes.length);
    if (stored != computed) {
      throw new DamagedFileException(
          file,
          "%s %d has stored CRC %08x, computed %08x".formatted(what, number, stored, computed),
          length(blocks, pages));
    }
  }

  /** Copies bytes out, through the mapping if there is one to be had. */
  private void read(long at, byte[] to) {
    used = true;
    ByteBuffer mapped = view;
    if (mapped == null) {
      mapped = map();
    }
    if (mapped != null) {
      try {
        mapped.get((int) at, to);
        return;
      } catch (InternalError e) {
        // A page that the disk did not deliver, or a file that has been cut short: reading it
        // without a mapping tells which.
        view = null;
      }
    }
    readFile(at, to);
  }

  private synchronized @Nullable ByteBuffer map() {
    ByteBuffer mapped = view;
    if (mapped != null) {
      return mapped;
    }
    boolean interrupted = Thread.interrupted(); // which would close the file that is being opened
    try (DiskFile open = disk.openForReading(file)) {
      long length = length(blocks, pages);
      if (open.size() != length) {
        throw new DamagedFileException(file, "has become " + open.size() + " bytes long");
      }
      mapped = open.map(length);
      view = mapped;
      return mapped;
    } catch (IOException e) {
      return null; // whether that is all that is wrong, reading will tell
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Reads without a mapping. An interrupt of the reading thread closes the file under it; as the
   * file is its own, it is opened again, and the interrupt left for whom it was meant.
   */
  private void readFile(long at, byte[] to) {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try (DiskFile open = disk.openForReading(file)) {
          if (open.read(ByteBuffer.wrap(to), at) < to.length) {
            throw new DamagedFileException(file, "has become " + open.size() + " bytes long");
          }
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } catch (NoSuchFileException e) {
      throw new DamagedFileException(file, "is not there any more");
    } catch (IOException e) {
      throw new UnreadableFileException(file, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  boolean isMapped() {
    return view != null;
  }

  /** Lets go of the mapping unless a thread has looked since the last call. */
  void unmapIfUnused() {
    if (used) {
      used = false;
    } else {
      view = null;
    }
  }

  /** All its keys by hash. Each page is checked on the way. */
  KeyEntries sorted() {
    return new Sorted();
  }

  private final class Sorted implements KeyEntries {
    private final Scratch scratch = new Scratch();
    private long nextPage;
    private int entries;
    private int at = -1;

    @Override
    public boolean next() {
      at++;
      while (at >= entries) {
        if (nextPage == pages) {
          return false;
        }
        load(nextPage++, scratch);
        entries = scratch.pageView.getShort(PAGE_COUNT) & 0xFFFF;
        at = 0;
      }
      return true;
    }

    @Override
    public long hash() {
      return scratch.pageView.getLong(PAGE_FIRST_ENTRY + at * ENTRY_BYTES);
    }

    @Override
    public long position() {
      return scratch.pageView.getLong(PAGE_FIRST_ENTRY + at * ENTRY_BYTES + Long.BYTES);
    }
  }
}
