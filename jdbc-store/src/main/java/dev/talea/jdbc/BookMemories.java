// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@link BookMemory} of each book written to lately, bounded in bytes. One is taken out for an
 * attempt and put back only if that ended well: after a failure it is not known what it is worth.
 * Any thread.
 */
final class BookMemories {
  /** Of all books together, and never more than a sixteenth of the heap. */
  private static final long BYTES_MAX = 64L << 20;

  /** Guarded by this; the one put back last is the last. */
  private final Map<String, BookMemory> memories = new LinkedHashMap<>();

  private final long bytesMax;

  /** Guarded by this. */
  private long bytes;

  BookMemories() {
    this(Math.min(BYTES_MAX, Runtime.getRuntime().maxMemory() / 16));
  }

  /**
   * @param bytesMax of all of them; the one put back last stays in any case
   */
  BookMemories(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** What is remembered of a book, which is the caller's from now on. */
  synchronized BookMemory take(String book) {
    BookMemory memory = memories.remove(book);
    if (memory == null) {
      return new BookMemory();
    }
    bytes -= memory.bytes();
    return memory;
  }

  /** About how much memory all of them take. */
  synchronized long bytes() {
    return bytes;
  }

  synchronized void putBack(String book, BookMemory memory) {
    memories.put(book, memory);
    bytes += memory.bytes();
    Iterator<BookMemory> eldest = memories.values().iterator();
    while (bytes > bytesMax && memories.size() > 1) {
      bytes -= eldest.next().bytes();
      eldest.remove();
    }
  }
}
