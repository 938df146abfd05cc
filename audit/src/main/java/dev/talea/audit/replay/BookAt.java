// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.replay;

import dev.talea.index.LedgerSnapshot;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.Event;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Page;
import dev.talea.ledger.TrialBalance;
import dev.talea.log.LogReader;
import dev.talea.log.disk.LogFiles;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One book as it was when an event was its last, read from the files of its ledger. Immutable; one
 * thread at a time. Memory depends on the number of accounts.
 */
public final class BookAt {
  private static final int PAGE = 1000;
  private static final int PAGE_BYTES = 1 << 20;

  private final LedgerSnapshot ledger;
  private final LogReader log;
  private final String book;
  private final long seq;

  private BookAt(LedgerSnapshot ledger, LogReader log, String book, long seq) {
    this.ledger = ledger;
    this.log = log;
    this.book = book;
    this.seq = seq;
  }

  /**
   * The book as it is, as far as it is proven to be on disk.
   *
   * @param name of a book that is there
   * @throws dev.talea.ledger.LedgerException if it is damaged
   */
  public static BookAt now(LogFiles files, Path directory, String name) {
    LedgerSnapshot ledger = LedgerSnapshot.of(directory, name::equals);
    return new BookAt(ledger, files.read(name).reader(), name, ledger.lastSeq(name));
  }

  /** The book when everything committed at or before a moment was in it, and nothing else. */
  public BookAt asOf(Instant moment) {
    long last = log.lastSeqAt(Micros.floor(moment));
    return new BookAt(ledger, log, book, Math.min(seq, last));
  }

  /**
   * The book when an event was its last.
   *
   * @throws IllegalArgumentException if it has no event of that seq
   */
  public BookAt toSeq(long earlier) {
    if (earlier < 0 || earlier > seq) {
      throw new IllegalArgumentException(
          "Book '" + book + "' has the events 1 to " + seq + ", not one with seq " + earlier + ".");
    }
    return new BookAt(ledger, log, book, earlier);
  }

  /** Its name. */
  public String book() {
    return book;
  }

  /** Seq of the last event, 0 if there was none yet. */
  public long seq() {
    return seq;
  }

  /** When that was committed; null if there was none. */
  public @Nullable Instant at() {
    return seq == 0 ? null : Micros.instant(log.commitTimeOf(seq));
  }

  /** All debits and credits. */
  public TrialBalance trialBalance() {
    return ledger.trialBalanceAt(book, seq);
  }

  /** Shows the balance of every account that had been opened, in bytewise order of their paths. */
  public void balances(Consumer<BalanceView> to) {
    Set<String> opened = ledger.openedUpTo(book, seq);
    String after = null;
    do {
      Page<AccountView, String> page = ledger.accounts(book, "", after, PAGE);
      for (AccountView account : page.items()) {
        if (opened.contains(account.account().id().path())) {
          to.accept(ledger.balanceAt(account.account().id(), seq));
        }
      }
      after = page.next();
    } while (after != null);
  }

  /** Shows every event up to then, in order. */
  public void events(Consumer<Event> to) {
    long after = 0;
    while (after < seq) {
      for (Event event : ledger.events(book, after, seq, PAGE, PAGE_BYTES)) {
        to.accept(event);
        after = event.seq();
      }
    }
  }
}
