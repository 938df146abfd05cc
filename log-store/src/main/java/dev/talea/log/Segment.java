package dev.talea.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One segment as readers see it: its header, and its bytes by offset. Safe for use by many threads.
 *
 * <p>Reads go through a read-only mapping, made when first needed and made anew when the file has
 * grown; between the two no file is held open, so that a thousand idle logs cost no descriptors.
 * Mapped bytes are always copied out before anything looks at them: a disk that cannot deliver a
 * page then shows as an exception of ours, and what was checked is what is served.
 */
final class Segment {

  private final Disk disk;
  private final Path file;
  private final SegmentHeader header;
  private volatile @Nullable ByteBuffer view;

  Segment(Disk disk, Path file, SegmentHeader header) {
    this.disk = disk;
    this.file = file;
    this.header = header;
  }

  Path file() {
    return file;
  }

  SegmentHeader header() {
    return header;
  }

  long base() {
    return header.basePosition();
  }

  /** Length of the file, which for the last segment includes zeros ahead of the writer. */
  long fileLength() {
    try (DiskFile open = disk.openForReading(file)) {
      return open.size();
    } catch (IOException e) {
      throw new LogIoException("Segment " + file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /**
   * Copies bytes out.
   *
   * <p>In one piece, even if it is only a few: the copy is what the JVM knows how to interrupt when
   * the disk does not deliver a page. (A checksum computed on the mapping itself would end the
   * process.) The error may still surface a moment later, so {@link DurableReader} and {@link
   * RecordCursor} catch it again.
   */
  void read(long offset, byte[] target, int at, int length) {
    ByteBuffer bytes = viewOf(offset + length);
    try {
      bytes.get((int) offset, target, at, length);
    } catch (InternalError e) {
      throw undelivered(file, e);
    }
  }

  private ByteBuffer viewOf(long end) {
    ByteBuffer current = view;
    if (current != null && current.capacity() >= end) {
      return current;
    }
    return map(end);
  }

  private synchronized ByteBuffer map(long end) {
    ByteBuffer current = view;
    if (current != null && current.capacity() >= end) {
      return current;
    }
    try (DiskFile open = disk.openForReading(file)) {
      long length = open.size();
      if (length < end) {
        throw new LogDamagedException(
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
      ByteBuffer fresh =
          open.map(Math.min(length, Integer.MAX_VALUE)).order(ByteOrder.LITTLE_ENDIAN);
      view = fresh;
      return fresh;
    } catch (IOException e) {
      throw new LogIoException("Segment " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** What an {@link InternalError} out of a mapped read means. */
  static LogIoException undelivered(Object what, InternalError e) {
    return new LogIoException(
        "Reading "
            + what
            + " failed: the disk did not deliver it, or the file has been cut short. Check the disk.",
        e);
  }
}
