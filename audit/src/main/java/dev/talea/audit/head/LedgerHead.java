// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.anchor.AnchorRecord;
import dev.talea.audit.anchor.AnchorRecord.Anchor;
import dev.talea.audit.anchor.AnchorRecord.Restore;
import dev.talea.audit.proof.AddCheckpoint;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.StaticTiles;
import dev.talea.audit.proof.TlogProof;
import dev.talea.log.LogCursor;
import dev.talea.log.LogReader;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LogFiles;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The head of {@code _anchors}, which is that of the ledger, and what is anchored under it: heads
 * of books, and with them the proofs of records that one signature stands behind. From the files
 * alone; one thread at a time.
 */
public final class LedgerHead {
  /** Records that are looked through at once, from the newest on backwards. */
  private static final int CHUNK_MIN = 256;

  private static final int CHUNK_MAX = 1 << 16;

  private final LogFiles files;
  private final LedgerOrigin origin;
  private final LogReader anchors;
  private final SignedCheckpoint under;
  private final BookHead head;

  private LedgerHead(
      LogFiles files, LedgerOrigin origin, LogReader anchors, SignedCheckpoint under) {
    this.files = files;
    this.origin = origin;
    this.anchors = anchors;
    this.under = under;
    this.head = BookHead.known(under, BookHead.trees(files, AnchorLog.NAME, anchors));
  }

  /**
   * The head of everything in {@code _anchors} that is proven to be on disk, unsigned.
   *
   * @return null if nothing is anchored
   * @throws dev.talea.log.LogException if the log is damaged or cannot be read
   */
  public static @Nullable LedgerHead now(LogFiles files, LedgerOrigin origin) {
    if (!files.exists(AnchorLog.NAME)) {
      return null;
    }
    LogReader anchors = files.read(AnchorLog.NAME).reader();
    Checkpoint checkpoint =
        Checkpoint.of(BookHead.name(origin, AnchorLog.NAME), anchors.treeHead());
    return checkpoint.size() == 0
        ? null
        : new LedgerHead(files, origin, anchors, SignedCheckpoint.unsigned(checkpoint));
  }

  /**
   * A head of {@code _anchors} that was kept, with the signatures it has; whose they are is not
   * looked at.
   *
   * @throws MalformedException if it is the head of another log, or of another history
   * @throws dev.talea.log.LogException if the log is not there, damaged or cannot be read
   */
  public static LedgerHead under(SignedCheckpoint kept, LogFiles files) {
    Checkpoint checkpoint = kept.checkpoint();
    LedgerOrigin origin = LedgerOrigin.inNameOf(checkpoint.origin());
    if (!BookHead.name(origin, AnchorLog.NAME).equals(checkpoint.origin())) {
      throw new MalformedException(
          "it is a head of '" + checkpoint.origin() + "', and not of the log _anchors");
    }
    LogReader anchors = files.read(AnchorLog.NAME).found();
    if (checkpoint.size() > anchors.treeHead().size()) {
      throw new MalformedException(
          "it is a head of %d records of _anchors, and there are %d: the ledger is an older copy"
              .formatted(checkpoint.size(), anchors.treeHead().size()));
    }
    return new LedgerHead(files, origin, anchors, kept);
  }

  /** The head itself. */
  public BookHead head() {
    return head;
  }

  /**
   * Proves that it extends an older head of the ledger, with the signatures that this one has.
   *
   * @throws MalformedException if it does not
   */
  public AddCheckpoint extending(Checkpoint old) {
    return head.extending(old, under);
  }

  /** What the names of its logs begin with. */
  public LedgerOrigin origin() {
    return origin;
  }

  /**
   * A head of a book that is anchored, and the proof of that.
   *
   * @param book to prove records under
   * @param anchor the proof of the anchor, under the head of the ledger
   * @param log of the book
   */
  public record Anchored(BookHead book, TlogProof anchor, LogReader log) {}

  /**
   * The newest anchored head of a book.
   *
   * @return null if none is in force under this head
   * @throws MalformedException if the book, or {@code _anchors}, is not what it was
   */
  public @Nullable Anchored newest(String book) {
    for (long to = head.checkpoint().size(), chunk = CHUNK_MIN; to > 0; ) {
      long from = Math.max(1, to - chunk + 1);
      long seq = 0;
      AnchorRecord newest = null;
      LogCursor cursor = anchors.cursor(from);
      while (cursor.next() && cursor.seq() <= to) {
        AnchorRecord record = AnchorRecord.decode(cursor.payload()).record();
        if (record.book().equals(book)) {
          seq = cursor.seq();
          newest = record;
        }
      }
      if (newest instanceof Anchor anchor) {
        return anchored(anchor, seq);
      }
      if (newest instanceof Restore) {
        return null; // a server anchors anew what is left
      }
      to = from - 1;
      chunk = Math.min(CHUNK_MAX, chunk * 4);
    }
    return null;
  }

  private Anchored anchored(Anchor anchor, long seq) {
    LogReader log = anchoredLog(anchor.book(), anchor.head());
    return new Anchored(known(anchor.book(), anchor.head(), log), head.prove(seq), log);
  }

  private LogReader anchoredLog(String book, TreeHead anchored) {
    LogReader log = files.read(book).found();
    if (log.durableSeq() < anchored.size()) {
      throw new MalformedException(
          "book '%s' was anchored with %d records, and has %d: run 'talea verify'"
              .formatted(book, anchored.size(), log.durableSeq()));
    }
    return log;
  }

  private BookHead known(String book, TreeHead anchored, LogReader log) {
    SignedCheckpoint of =
        SignedCheckpoint.unsigned(Checkpoint.of(BookHead.name(origin, book), anchored));
    return BookHead.known(of, BookHead.trees(files, book, log));
  }

  /** The newest head of every book that is anchored under this one, by its name. */
  public SortedMap<String, TreeHead> books() {
    SortedMap<String, TreeHead> books = new TreeMap<>();
    LogCursor cursor = anchors.cursor(1);
    while (cursor.next() && cursor.seq() <= head.checkpoint().size()) {
      AnchorRecord record = AnchorRecord.decode(cursor.payload()).record();
      if (record instanceof Anchor anchor) {
        books.put(anchor.book(), anchor.head());
      } else {
        books.remove(record.book()); // a server anchors anew what is left
      }
    }
    return books;
  }

  /**
   * Writes a book under an anchored head as static files; see {@link LogTiles}.
   *
   * @param anchored what {@link #books} says of it
   * @return how many records are new in them
   * @throws MalformedException if the book is not what it was, or the files are not of it
   */
  public long writeTiles(String book, TreeHead anchored, StaticTiles.Place place) {
    LogReader log = anchoredLog(book, anchored);
    BookHead of = known(book, anchored, log);
    return LogTiles.write(log, of, SignedCheckpoint.unsigned(of.checkpoint()), place);
  }

  /** The same of the log {@code _anchors}, with the signatures that this head has. */
  public long writeTiles(StaticTiles.Place place) {
    return LogTiles.write(anchors, head, under, place);
  }
}
