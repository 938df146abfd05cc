// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.anchor;

import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.audit.anchor.AnchorRecord.Restore;
import dev.talea.audit.anchor.AnchorRecord.Stamped;
import dev.talea.audit.proof.MalformedException;
import dev.talea.ledger.Micros;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.TreeHead;
import dev.talea.log.TreeWatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the log {@code _anchors} says all books of a ledger have to be: read once, then held against
 * each of them.
 *
 * <p>Every anchor counts, not only the newest of a book: one that an operator exchanged by night is
 * anchored like any other in the morning, and only those of the day before contradict it. An anchor
 * of more records than a later restore of the book has left is none any more. Reads the log twice,
 * for the restores first; memory as {@link AnchoredHeads} says. Reading is for one thread, the rest
 * for any.
 */
public final class AnchorHistory {
  private static final int CONTRADICTIONS_TOLD = 16;

  private final Map<String, AnchoredHeads> books = new TreeMap<>();
  private final Map<String, List<Cut>> cuts = new HashMap<>();
  private final List<String> contradictions = new ArrayList<>();
  private long anchors;
  private long restores;
  private long lastAt;

  /** That a book was cut by the record with this seq. */
  private record Cut(long seq, long size) {}

  private AnchorHistory() {}

  /**
   * Reads all of it. What is anchored there was on disk before: look at the books after this.
   *
   * @param log {@link AnchorLog#NAME}
   * @throws MalformedException if a record cannot be
   * @throws dev.talea.log.LogException if it is damaged or cannot be read
   */
  public static AnchorHistory of(LogReader log) {
    AnchorHistory history = new AnchorHistory();
    long end = log.durableSeq();
    history.findCuts(log, end);
    history.gather(log, end);
    history.books.values().forEach(AnchoredHeads::complete);
    history.books.values().removeIf(heads -> heads.count() == 0);
    return history;
  }

  /** The next record of a cursor, which has to be one of anchors. */
  private static Stamped next(LogCursor cursor) {
    try {
      Stamped found = AnchorRecord.decode(cursor.payload());
      if (cursor.provenBytes() != cursor.payload().limit()) {
        throw new MalformedException("a part of it is not proven");
      }
      if (found.atMicros() != cursor.commitTime()) {
        throw new MalformedException(
            "it says it is of %s, and its group is of %s"
                .formatted(Micros.instant(found.atMicros()), Micros.instant(cursor.commitTime())));
      }
      return found;
    } catch (MalformedException e) {
      throw new MalformedException(
          "Record %d of %s cannot be: %s".formatted(cursor.seq(), AnchorLog.NAME, e.getMessage()));
    }
  }

  /** Finds the restores, and what the records say of one another. */
  private void findCuts(LogReader log, long end) {
    Map<String, TreeHead> newest = new HashMap<>();
    LogCursor cursor = log.cursor(1);
    for (long seq = 1; seq <= end && cursor.next(); seq++) {
      AnchorRecord record = next(cursor).record();
      TreeHead before = newest.get(record.book());
      if (record instanceof Anchor anchor) {
        if (before != null && anchor.head().size() < before.size()) {
          contradict(
              "record %d: book '%s' is anchored with %d records after it was with %d, and no restore says why"
                  .formatted(seq, anchor.book(), anchor.head().size(), before.size()));
        }
        newest.put(anchor.book(), anchor.head());
      } else if (record instanceof Restore cut) {
        if (before != null
            && (before.size() > cut.before().size()
                || (before.size() == cut.before().size() && !before.equals(cut.before())))) {
          contradict(
              "record %d: book '%s' is said to have had %d records when it was cut, and it was anchored with %s"
                  .formatted(
                      seq,
                      cut.book(),
                      cut.before().size(),
                      before.size() == cut.before().size()
                          ? "as many others"
                          : Long.toString(before.size())));
        }
        newest.put(cut.book(), cut.now());
        cuts.computeIfAbsent(cut.book(), book -> new ArrayList<>())
            .add(new Cut(seq, cut.now().size()));
      }
    }
  }

  private void contradict(String what) {
    if (contradictions.size() < CONTRADICTIONS_TOLD) {
      contradictions.add(what);
    }
  }

  private void gather(LogReader log, long end) {
    LogCursor cursor = log.cursor(1);
    for (long seq = 1; seq <= end && cursor.next(); seq++) {
      Stamped found = next(cursor);
      lastAt = found.atMicros();
      if (found.record() instanceof Anchor anchor) {
        anchors++;
        hold(anchor.book(), anchor.head(), seq, lastAt);
      } else if (found.record() instanceof Restore cut) {
        restores++;
        hold(cut.book(), cut.now(), seq, lastAt);
      }
    }
  }

  private void hold(String book, TreeHead head, long seq, long at) {
    AnchoredHeads heads = books.computeIfAbsent(book, name -> new AnchoredHeads());
    TreeHead newest = heads.newest();
    if (head.size() == 0 || isCutLater(book, head.size(), seq)) {
      return;
    }
    if (newest == null || head.size() > newest.size()) {
      heads.add(head, at);
    } else if (head.size() == newest.size() && !head.equals(newest)) {
      contradict(
          "record %d: the first %d records of book '%s' have another root than an earlier record says"
              .formatted(seq, head.size(), book));
    }
  }

  private boolean isCutLater(String book, long size, long seq) {
    for (Cut cut : cuts.getOrDefault(book, List.of())) {
      if (cut.seq > seq && cut.size < size) {
        return true;
      }
    }
    return false;
  }

  /** Names of the books that have to be there. */
  public SortedSet<String> books() {
    return new TreeSet<>(books.keySet());
  }

  /** How many anchors there are, over all books. */
  public long anchors() {
    return anchors;
  }

  /** How many restores there are, over all books. */
  public long restores() {
    return restores;
  }

  /** Commit time of the last record, 0 if there is none. */
  public long lastAt() {
    return lastAt;
  }

  /** What its own records say against one another, a sentence each. */
  public List<String> contradictions() {
    return List.copyOf(contradictions);
  }

  /** What a book is to have been, for the case that it is not there. */
  public String describe(String book) {
    AnchoredHeads heads = books.get(book);
    TreeHead newest = heads == null ? null : heads.newest();
    if (heads == null || newest == null) {
      return "it was not anchored";
    }
    return "it was anchored with %d records at %s"
        .formatted(newest.size(), Micros.instant(heads.newestAt()));
  }

  /** Holds the log of a book against what was anchored of it, once; null if nothing was. */
  public @Nullable Comparison compare(String book) {
    AnchoredHeads heads = books.get(book);
    return heads == null ? null : new Comparison(book, heads.match());
  }

  /** Is told of the tree of a book as its records pass by. One thread. */
  public final class Comparison implements TreeWatch {
    private final String book;
    private final AnchoredHeads.Match match;

    private Comparison(String book, AnchoredHeads.Match match) {
      this.book = book;
      this.match = match;
    }

    @Override
    public long nextSize() {
      return match.nextSize();
    }

    @Override
    public void passed(TreeHead head) {
      match.passed(head);
    }

    /**
     * What is wrong, when all records have passed; null if nothing is.
     *
     * @param records how many there were
     */
    public @Nullable String fault(long records) {
      if (match.wrongUpTo() > 0) {
        return "its history is another than the one that was anchored: its first %d records are those of then, its first %d are not"
            .formatted(match.rightUpTo(), match.wrongUpTo());
      }
      return match.isShort()
          ? "%s, and has %d: records are missing, and no restore says so"
              .formatted(describe(book), records)
          : null;
    }
  }
}
