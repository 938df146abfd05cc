// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.ledger.Int128;
import dev.talea.ledger.conformance.Drafts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How much is remembered of accounts, of one book and of all, and that the eldest is forgotten. */
class BookMemoryTest {
  /** Names as long as they may be. */
  private static final String LONG = "x".repeat(500);

  private long seq;

  private static List<String> paths(String prefix, int count) {
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      paths.add(prefix + i + LONG);
    }
    return paths;
  }

  /** As after a group that used these accounts. */
  private void use(BookMemory memory, Collection<String> paths) {
    BookState state = new BookState(1, seq, seq, seq);
    memory.recall(question(paths), state);
    for (String path : paths) {
      state.accounts.computeIfAbsent(
          path, p -> new AccountRow(Drafts.account("b", p, "EUR"), 1, 1, Int128.ZERO));
    }
    BookChanges changes = new BookChanges(1, "b", seq + 1, seq);
    changes.lastSeq = seq;
    memory.learn(state, changes);
  }

  private static BookQuestion question(Collection<String> paths) {
    return new BookQuestion("b", false, Set.of(), Set.copyOf(paths), Set.of(), 0);
  }

  private int known(BookMemory memory, Collection<String> paths) {
    memory.recall(question(List.of()), new BookState(1, seq, seq, seq));
    return paths.size() - memory.unknown(question(paths)).paths().size();
  }

  @Test
  void ofABookTheAccountsUsedLastAreRememberedUpToABound() {
    BookMemory memory = new BookMemory();
    List<String> first = paths("first", 100);
    use(memory, first);
    assertEquals(100, known(memory, first));
    List<String> again = first.subList(0, 10);
    int others = 0;
    for (int i = 0; i < 400; i++) {
      List<String> more = paths(i + "-", 100);
      use(memory, more);
      use(memory, again);
      assertEquals(100, known(memory, more));
      others += 100;
    }
    assertEquals(10, known(memory, first), "those that were used again");
    assertTrue(memory.bytes() <= BookMemory.BYTES_MAX, () -> memory.bytes() + " bytes");
    int left = 0;
    for (int i = 0; i < 400; i++) {
      left += known(memory, paths(i + "-", 100));
    }
    // A row and its names are more than the characters of the names, which lie there twice.
    int most = (int) (BookMemory.BYTES_MAX / (2L * LONG.length()));
    assertTrue(left < most && left > most / 2, left + " of " + others + " accounts");
  }

  @Test
  void ofAllBooksThoseWrittenToLastAreRememberedUpToABound() {
    long max = 1 << 20;
    BookMemories memories = new BookMemories(max);
    List<String> paths = paths("p", 100);
    for (int i = 0; i < 50; i++) {
      BookMemory memory = memories.take("b" + i);
      use(memory, paths);
      memories.putBack("b" + i, memory);
      BookMemory first = memories.take("b0");
      assertEquals(100, known(first, paths), "it is used all the time");
      memories.putBack("b0", first);
      assertTrue(memories.bytes() <= max, () -> memories.bytes() + " bytes");
    }
    assertEquals(100, known(memories.take("b49"), paths));
    assertEquals(0, known(memories.take("b10"), paths));
    int left = 0;
    for (int i = 0; i < 50; i++) {
      left += known(memories.take("b" + i), paths);
    }
    assertTrue(left >= 400 && left <= 1_000, left + " of 5000 accounts");
  }

  /** A book is written to all the time: without its memory every group would ask for everything. */
  @Test
  void aBookLargerThanTheBoundIsRememberedWhileItIsTheOnlyOne() {
    BookMemories memories = new BookMemories(10_000);
    List<String> paths = paths("p", 100);
    for (String book : List.of("a", "b")) {
      BookMemory memory = memories.take(book);
      use(memory, paths);
      memories.putBack(book, memory);
    }
    assertEquals(0, known(memories.take("a"), paths));
    assertEquals(100, known(memories.take("b"), paths));
    assertEquals(0, memories.bytes());
  }
}
