// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.DiskFile;
import dev.talea.log.LogDamagedException;
import dev.talea.log.LogIoException;
import dev.talea.log.format.Damage;
import dev.talea.log.format.Segment;
import dev.talea.log.format.SegmentHeader;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A segment in a file. Safe for use by many threads.
 *
 * <p>The first reads open the file, read and close it again; a segment that is read more often is
 * mapped, if {@link SegmentMaps} has room, and mapped anew when the file has grown. No file is held
 * open, so that ten thousand idle logs cost neither descriptors nor maps. Mapped bytes are always
 * copied out before anything looks at them: a disk that cannot deliver a page then shows as an
 * exception of ours, and what was checked is what is served.
 */
final class MappedSegment implements Segment {

  /**
   * Opening, reading and closing takes 5 microseconds, mapping and touching 11, reading a map 0.01:
   * from the third read on a map would have been cheaper. A few more are allowed for, because a map
   * outlives its use.
   */
  private static final int READS_BEFORE_MAPPING = 6;

  /**
   * From here on reading the file beats copying out of a map: pages that are passed once cost more
   * to map, one by one, than to copy. What reads so much is on its way through a log.
   */
  private static final int READ_AT_ONCE = 1 << 16;

  /** The longest single read, because Java keeps a buffer of that length with the thread. */
  private static final int READ_MAX = 1 << 18;

  private final SegmentMaps maps;
  private final Path file;
  private final SegmentHeader header;
  private volatile @Nullable ByteBuffer view;

  // Hints, written by many threads without order: at worst one more or one less read of the file.
  private int reads;
  private boolean recentlyRead;

  MappedSegment(SegmentMaps maps, Path file, SegmentHeader header) {
    this.maps = maps;
    this.file = file;
    this.header = header;
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public SegmentHeader header() {
    return header;
  }

  /** Length of the file, which for the last segment includes zeros ahead of the writer. */
  long fileLength() {
    try (DiskFile open = open()) {
      return open.size();
    } catch (IOException e) {
      throw new LogIoException(
          "Segment " + file + " cannot be opened: " + Words.of(e), file.getParent(), e);
    }
  }

  /** The file, for a caller that reads much of it once. */
  DiskFile open() throws IOException {
    return maps.disk().openForReading(file);
  }

  /**
   * Copies bytes out.
   *
   * <p>In one piece, even if it is only a few: the copy is what the JVM knows how to interrupt when
   * the disk does not deliver a page. (A checksum computed on the mapping itself would end the
   * process.) The error may still surface a moment later, so {@link
   * dev.talea.log.format.DurableReader} and its cursors catch it again.
   */
  @Override
  public void read(long offset, byte[] target, int at, int length) {
    ByteBuffer map = length >= READ_AT_ONCE ? null : viewOf(offset + length);
    if (map == null) {
      readFile(offset, ByteBuffer.wrap(target, at, length));
      return;
    }
    if (!recentlyRead) {
      recentlyRead = true;
    }
    try {
      map.get((int) offset, target, at, length);
    } catch (InternalError e) {
      throw Damage.undelivered(file, e);
    }
  }

  private @Nullable ByteBuffer viewOf(long end) {
    ByteBuffer current = view;
    if (current != null && current.capacity() >= end) {
      return current;
    }
    if (reads < READS_BEFORE_MAPPING) {
      reads++;
      return null;
    }
    return map(end);
  }

  private synchronized @Nullable ByteBuffer map(long end) {
    ByteBuffer current = view;
    if (current != null && current.capacity() >= end) {
      return current;
    }
    ByteBuffer fresh;
    try {
      fresh = maps.map(this);
    } catch (IOException e) {
      return null; // an interrupt, or no handle left: reading the file works, or says what is wrong
    }
    if (fresh == null) {
      return null;
    }
    view = fresh;
    if (fresh.capacity() < end) {
      throw cutShort(fresh.capacity(), end);
    }
    return fresh;
  }

  /**
   * By {@link SegmentMaps}: the map is needed elsewhere. A thread that reads it at the moment may.
   */
  void unmap() {
    view = null;
    reads = 0;
  }

  /** By {@link SegmentMaps}: whether a thread has read the map since the last time of asking. */
  boolean takeRecentlyRead() {
    boolean was = recentlyRead;
    recentlyRead = false;
    return was;
  }

  /**
   * Reads without a map. An interrupt of the reading thread closes the file under it; as the file
   * is this thread's alone, it is simply opened again, and the interrupt left for whom it was
   * meant.
   */
  private void readFile(long offset, ByteBuffer target) {
    boolean interrupted = Thread.interrupted();
    int start = target.position();
    int end = target.limit();
    try {
      while (true) {
        try (DiskFile open = open()) {
          target.position(start);
          while (target.position() < end) {
            int from = target.position();
            target.limit(Math.min(end, from + READ_MAX));
            open.read(target, offset + from - start);
            if (target.hasRemaining()) {
              throw cutShort(open.size(), offset + end - start);
            }
          }
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private LogDamagedException cutShort(long length, long end) {
    return new LogDamagedException(
        file,
        length,
        "Segment "
            + file
            + " is damaged: it ends at byte "
            + length
            + ", but the log goes on to byte "
            + end
            + " in it. The file has been cut short; restore it from a copy.",
        null);
  }

  private LogIoException unreadable(IOException e) {
    return new LogIoException(
        "Segment " + file + " cannot be read: " + Words.of(e), file.getParent(), e);
  }
}
