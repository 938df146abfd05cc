package dev.talea.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * Direct buffers for writers, kept for the next one. Safe for use by many threads.
 *
 * <p>Java gives direct memory back only when the collector gets to it; without a pool, many logs
 * that are written now and then would each leave one behind with every awakening. Lengths are
 * powers of two, so that there are few kinds.
 */
final class BufferPool {

  private static final int SHORTEST = 1 << 14;

  private final long bytesMax;
  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private long freeBytes;

  /**
   * Makes an empty pool.
   *
   * @param bytesMax how much is kept for later; what is in use does not count
   */
  BufferPool(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** A buffer of at least this length with arbitrary content, little-endian, cleared. */
  ByteBuffer take(int bytes) {
    int length = bytes <= SHORTEST ? SHORTEST : Integer.highestOneBit(bytes - 1) << 1;
    synchronized (this) {
      for (var all = free.iterator(); all.hasNext(); ) {
        ByteBuffer buffer = all.next();
        if (buffer.capacity() == length) {
          all.remove();
          freeBytes -= length;
          return buffer.clear();
        }
      }
    }
    return ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Takes a buffer back; nobody may use it any more. */
  synchronized void give(ByteBuffer buffer) {
    if (freeBytes + buffer.capacity() <= bytesMax) {
      free.addFirst(buffer);
      freeBytes += buffer.capacity();
    }
  }
}
