// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.proof.Checkpoint;
import dev.talea.audit.proof.LedgerOrigin;
import dev.talea.audit.proof.MalformedException;
import dev.talea.audit.proof.SignedCheckpoint;
import dev.talea.audit.proof.TlogProof;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.TransactionView;
import java.util.function.LongConsumer;

/**
 * Heads of the books that this process serves, and proofs under them: the same that the files say,
 * without looking for them. Unsigned.
 *
 * <p>Any thread; reads the disk, so not an event loop.
 */
public final class ServedHeads {
  private static final int LOOKS_MAX = 5_000;
  private static final long LOOK_NANOS = 1_000_000;

  private final LogLedgerStore ledger;
  private final LedgerOrigin origin;

  /**
   * Heads of a ledger.
   *
   * @param origin what the names of all its logs begin with
   */
  public ServedHeads(LogLedgerStore ledger, LedgerOrigin origin) {
    this.ledger = ledger;
    this.origin = origin;
  }

  /**
   * The head of a book as it is now.
   *
   * @throws LedgerException {@link NotFound} if there is no such book; {@link Unavailable} if it is
   *     closed
   */
  public BookHead of(String book) {
    if (book.equals(AnchorLog.NAME)) {
      throw new LedgerException(new NotFound("book " + book)); // it is no book
    }
    return BookHead.of(BookHead.name(origin, book), () -> tree(book, "book " + book));
  }

  /**
   * The head of the ledger: of the log that the heads of all books are anchored in.
   *
   * @throws LedgerException {@link NotFound} if nothing has been anchored yet
   */
  public BookHead ofLedger() {
    String missing = "head: none has been anchored yet, ask again in a minute";
    BookHead head =
        BookHead.of(BookHead.name(origin, AnchorLog.NAME), () -> tree(AnchorLog.NAME, missing));
    if (head.checkpoint().size() == 0) {
      throw new LedgerException(new NotFound(missing)); // its first records are on their way
    }
    return head;
  }

  /**
   * The root of a book as it was with so many records, in base64. Hashing may be a block behind
   * what was acknowledged, so this waits for it a little.
   *
   * @param pause waits for so many nanoseconds
   * @throws LedgerException {@link NotFound} if there is no such book; {@link Unavailable} if its
   *     records cannot be hashed
   */
  public String rootAt(String book, long seq, LongConsumer pause) {
    BookHead head = of(book);
    for (int looks = 1; head.checkpoint().size() < seq; looks++) {
      if (looks == LOOKS_MAX) {
        throw notHashed(book, head, "record " + seq + " is wanted");
      }
      pause.accept(LOOK_NANOS);
      head = of(book);
    }
    try {
      Checkpoint at = head.at(seq);
      // What a derived file has may be of another history, and only shows when it does not fit.
      var unused = head.extending(at, SignedCheckpoint.unsigned(head.checkpoint()));
      return at.root().base64();
    } catch (MalformedException e) {
      throw new LedgerException(
          new Unavailable("the head of book '" + book + "' cannot be told: " + e.getMessage()));
    }
  }

  private static LedgerException notHashed(String book, BookHead head, String wanted) {
    return new LedgerException(
        new Unavailable(
            "book '%s' has hashed %d records, and %s; ask again when it takes writes"
                .formatted(book, head.checkpoint().size(), wanted)));
  }

  private BookTree tree(String name, String missing) {
    BookTree tree = ledger.tree(name);
    if (tree == null) {
      throw new LedgerException(new NotFound(missing));
    }
    return tree;
  }

  /**
   * Proves a transaction, under the head of its book as it is now.
   *
   * @throws LedgerException {@link Unavailable} if its book has ended before its last records were
   *     hashed
   */
  public TlogProof prove(TransactionView found) {
    BookHead head = of(found.book());
    if (head.checkpoint().size() < found.seq()) {
      throw notHashed(found.book(), head, "the transaction is number " + found.seq());
    }
    return head.prove(found.seq());
  }
}
