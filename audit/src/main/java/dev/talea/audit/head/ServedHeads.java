// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.head;

import dev.talea.audit.anchor.AnchorLog;
import dev.talea.audit.proof.TlogProof;
import dev.talea.index.LogLedgerStore;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.TransactionView;
import dev.talea.log.disk.LogFiles;
import java.util.concurrent.locks.LockSupport;

/**
 * Heads of the books that this process serves, and proofs under them: the same that the files say,
 * without looking for them. Unsigned.
 *
 * <p>Any thread; reads the disk, so not an event loop.
 */
public final class ServedHeads {
  private static final long PAUSE_NANOS = 1_000_000;
  private static final int PAUSES_MAX = 1_000;

  private final LogLedgerStore ledger;
  private final String prefix;

  /**
   * Heads of a ledger.
   *
   * @param origin what the names of all its logs begin with; empty for none
   */
  public ServedHeads(LogLedgerStore ledger, String origin) {
    this.ledger = ledger;
    this.prefix = origin.isEmpty() ? "" : origin + "/";
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
    return BookHead.of(prefix + LogFiles.folderName(book), () -> tree(book, "book " + book));
  }

  /**
   * The head of the ledger: of the log that the heads of all books are anchored in.
   *
   * @throws LedgerException {@link NotFound} if nothing has been anchored yet
   */
  public BookHead ofLedger() {
    return BookHead.of(
        prefix + LogFiles.folderName(AnchorLog.NAME),
        () -> tree(AnchorLog.NAME, "head: none has been anchored yet, ask again in a minute"));
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
    // Records are hashed right after they are acknowledged.
    for (int i = 0; head.checkpoint().size() < found.seq() && i < PAUSES_MAX; i++) {
      LockSupport.parkNanos(PAUSE_NANOS);
      head = of(found.book());
    }
    if (head.checkpoint().size() < found.seq()) {
      throw new LedgerException(
          new Unavailable(
              "book '%s' has hashed %d records, and the transaction is number %d; ask again when it takes writes"
                  .formatted(found.book(), head.checkpoint().size(), found.seq())));
    }
    return head.prove(found.seq());
  }
}
