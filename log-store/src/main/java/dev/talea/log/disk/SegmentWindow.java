// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.disk;

import dev.talea.log.DiskFile;
import dev.talea.log.LogIoException;
import dev.talea.log.format.Words;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads a segment once from front to back, in large pieces and without a map. Owned by one thread,
 * which closes it.
 *
 * <p>Apart from {@link MappedSegment} because opening ten thousand logs is ten thousand times "read
 * it once": a map for each would stay until the collector runs.
 */
final class SegmentWindow implements AutoCloseable {

  /** Also the longest single read, because Java keeps a buffer of that length with the thread. */
  private static final int BYTES = 1 << 18;

  private final MappedSegment segment;
  private final DiskFile file;
  private final long fileLength;
  private final byte[] window;
  private long from;
  private int filled;

  SegmentWindow(MappedSegment segment) {
    this.segment = segment;
    try {
      file = segment.open();
      fileLength = file.size();
    } catch (IOException e) {
      throw unreadable(segment, e);
    }
    window = new byte[(int) Math.min(fileLength, BYTES)];
  }

  MappedSegment segment() {
    return segment;
  }

  /** As it was on opening, which for the last segment includes zeros ahead of the writer. */
  long fileLength() {
    return fileLength;
  }

  /** Copies bytes out, all of them before {@link #fileLength}. */
  void read(long offset, byte[] target, int at, int length) {
    if (offset < from || offset + length > from + filled) {
      if (length >= window.length) {
        load(offset, target, at, length);
        return;
      }
      from = offset;
      filled = 0;
      int some = (int) Math.min(window.length, fileLength - offset);
      load(offset, window, 0, some);
      filled = some;
    }
    System.arraycopy(window, (int) (offset - from), target, at, length);
  }

  /** Has the next read look at the file again, whose writer may have gone on. */
  void forget() {
    filled = 0;
  }

  private void load(long offset, byte[] target, int at, int length) {
    try {
      for (int done = 0; done < length; ) {
        int some = Math.min(length - done, BYTES);
        int count = file.read(ByteBuffer.wrap(target, at + done, some), offset + done);
        if (count < some) {
          throw new IOException("it ends before byte " + (offset + length));
        }
        done += count;
      }
    } catch (IOException e) {
      throw unreadable(segment, e);
    }
  }

  private static LogIoException unreadable(MappedSegment segment, IOException e) {
    return new LogIoException(
        "Segment " + segment.file() + " cannot be read: " + Words.of(e),
        segment.file().getParent(),
        e);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
