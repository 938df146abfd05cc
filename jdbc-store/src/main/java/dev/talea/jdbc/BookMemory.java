// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.Total;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How the accounts of a book stood after our last commit to it, so that the next group need not
 * ask. It holds for as long as no other process has written to the book, which the counter tells:
 * each that writes moves it, and we look at it with the lock on it.
 *
 * <p>Belongs to the writer thread that has taken it from {@link BookMemories}.
 */
final class BookMemory {
  /** The accounts used last are remembered, of one book up to so many bytes. */
  static final long BYTES_MAX = 16L << 20;

  /** A row with its account, names aside, and its places in two maps. */
  private static final int ROW_BYTES = 350;

  /** An empty memory; a book has few totals. */
  private static final int BYTES = 1_000;

  /** In the order of their last use. */
  private final LinkedHashMap<String, AccountRow> accounts = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes = BYTES;
  private final Map<Long, Total> totals = new HashMap<>();
  private long seq = -1;
  private long at;

  /** Whether it held last time: where others write too, asking anew each time is cheaper. */
  private boolean trusted;

  /** About how much memory this takes. */
  long bytes() {
    return bytes;
  }

  private static long bytes(String path) {
    return ROW_BYTES + 2L * path.length();
  }

  /** What is left to ask if the memory holds. */
  BookQuestion unknown(BookQuestion question) {
    if (!trusted) {
      return question;
    }
    Set<String> paths = new HashSet<>(question.paths());
    paths.removeAll(accounts.keySet());
    return new BookQuestion(
        question.book(),
        question.opens(),
        question.keys(),
        paths,
        question.assets(),
        question.draftBytesMax());
  }

  /**
   * Adds to what the database said what it was not asked for.
   *
   * @return whether the memory holds; if not, nothing has been added
   */
  boolean recall(BookQuestion question, BookState state) {
    // The moment too: a database restored from a backup may come by a seq a second time.
    trusted = state.lastSeq == seq && state.lastAt == at;
    if (!trusted) {
      accounts.clear();
      bytes = BYTES;
      totals.clear();
      return false;
    }
    for (String path : question.paths()) {
      AccountRow known = accounts.get(path);
      if (known != null) {
        state.accounts.put(path, known);
      }
    }
    totals.forEach(state.totals::putIfAbsent);
    return true;
  }

  /** What was decided has been committed. */
  void learn(BookState state, BookChanges changes) {
    for (Map.Entry<String, AccountRow> account : state.accounts.entrySet()) {
      if (accounts.put(account.getKey(), account.getValue()) == null) {
        bytes += bytes(account.getKey());
      }
    }
    Iterator<String> eldest = accounts.keySet().iterator();
    while (bytes > BYTES_MAX) {
      bytes -= bytes(eldest.next());
      eldest.remove();
    }
    totals.putAll(state.totals);
    totals.putAll(changes.totals);
    seq = changes.lastSeq;
    at = changes.events() > 0 ? changes.at : state.lastAt;
  }
}
