// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A seq per book. Exports, projections and reconciliations read at a cut, so that their answers fit
 * together while writers go on: what a book holds up to a seq never changes.
 *
 * @param seqs the last seq of each book that belongs to the cut, 1 or more, in bytewise order of
 *     the books' names; a book that is not in it counts as one without events
 */
public record Cut(SortedMap<String, Long> seqs) {
  /** Before the first event of every book. */
  public static final Cut START = new Cut(new TreeMap<>());

  /**
   * Checks and copies.
   *
   * @throws IllegalArgumentException if a seq is not positive
   */
  public Cut {
    SortedMap<String, Long> copy = new TreeMap<>(DraftRules.BYTEWISE);
    copy.putAll(seqs);
    copy.forEach(Cut::check);
    seqs = Collections.unmodifiableSortedMap(copy);
  }

  /** A cut at these seqs. */
  public static Cut of(Map<String, Long> seqs) {
    return new Cut(new TreeMap<>(seqs));
  }

  private static void check(String book, long seq) {
    if (seq < 1) {
      throw new IllegalArgumentException(
          "The cut of book '%s' is at seq %d; seqs begin at 1.".formatted(book, seq));
    }
  }

  /** The last seq of a book that belongs to the cut; 0 if none does. */
  public long seqOf(String book) {
    return seqs.getOrDefault(book, 0L);
  }
}
