package dev.talea.jdbc;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@link BookMemory} of each book written to lately, bounded by the accounts in them. One is
 * taken out for an attempt and put back only if that ended well: after a failure nobody knows what
 * it is worth. Any thread.
 */
final class BookMemories {
  private static final int ACCOUNTS_MAX = 200_000;

  /** Guarded by this; the one put back last is the last. */
  private final Map<String, BookMemory> memories = new LinkedHashMap<>();

  /** Guarded by this. */
  private int accounts;

  /** What is remembered of a book, which is the caller's from now on. */
  synchronized BookMemory take(String book) {
    BookMemory memory = memories.remove(book);
    if (memory == null) {
      return new BookMemory();
    }
    accounts -= memory.size() + 1;
    return memory;
  }

  synchronized void putBack(String book, BookMemory memory) {
    memories.put(book, memory);
    accounts += memory.size() + 1;
    Iterator<BookMemory> eldest = memories.values().iterator();
    while (accounts > ACCOUNTS_MAX && memories.size() > 1) {
      accounts -= eldest.next().size() + 1;
      eldest.remove();
    }
  }
}
