// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.thread;

import dev.talea.log.ShortageException;
import dev.talea.log.format.BlockHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.function.IntFunction;

/**
 * Direct buffers for writers, kept for the next one. Safe for use by many threads.
 *
 * <p>Java gives direct memory back only when the collector gets to it; without a pool, many logs
 * that are written now and then would each leave one behind with every awakening. Lengths are
 * powers of two, and the header of a block, so that there are few kinds.
 */
public final class BufferPool {

  private static final int SHORTEST = 1 << 14;

  /** The header of a block, so that one of a power of two does not need twice as much. */
  private static final int EXTRA = BlockHeader.BYTES;

  private final long bytesMax;
  private final IntFunction<ByteBuffer> memory;
  private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
  private long freeBytes;

  /**
   * Makes an empty pool.
   *
   * @param bytesMax how much is kept for later; what is in use does not count
   */
  BufferPool(long bytesMax) {
    this(bytesMax, ByteBuffer::allocateDirect);
  }

  /** As above, with other memory, for tests. */
  public BufferPool(long bytesMax, IntFunction<ByteBuffer> memory) {
    this.bytesMax = bytesMax;
    this.memory = memory;
  }

  /**
   * A buffer of at least this length with arbitrary content, little-endian, cleared.
   *
   * @throws ShortageException if the runtime has no direct memory left
   */
  ByteBuffer take(int bytes) throws ShortageException {
    int length = SHORTEST + EXTRA;
    while (length < bytes) {
      length = 2 * (length - EXTRA) + EXTRA;
    }
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
    try {
      return memory.apply(length).order(ByteOrder.LITTLE_ENDIAN);
    } catch (OutOfMemoryError e) {
      freeAll(); // kept for others who can do with less; let the collector have them
      throw ShortageException.of(e);
    }
  }

  private synchronized void freeAll() {
    free.clear();
    freeBytes = 0;
  }

  /** Takes a buffer back; it must not be used any more. */
  synchronized void give(ByteBuffer buffer) {
    if (freeBytes + buffer.capacity() <= bytesMax) {
      free.addFirst(buffer);
      freeBytes += buffer.capacity();
    }
  }
}
