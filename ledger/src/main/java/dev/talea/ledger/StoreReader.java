// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What can be read in a ledger, wherever its bytes lie. Apart from {@link Store}, which has one, so
 * that a class that only looks says so in its types, and what changes one thing about writing need
 * not pass every question on.
 *
 * <p>Reads are synchronous, show durable commits only, take no lock that a writer holds, and throw
 * {@link LedgerException} for what does not exist. They may touch the disk.
 *
 * <p>Any thread may call.
 */
public interface StoreReader {

  /** See {@link LedgerApi#balance}. */
  BalanceView balance(AccountId account, @Nullable Instant asOf);

  /**
   * See {@link LedgerApi#history}; {@code limit} is within 1 to 1,000 transactions, and the page
   * ends at {@code bytesMax} as {@link PageFill} counts, after one transaction at the earliest.
   */
  HistoryPage history(AccountId account, long afterSeq, int limit, int bytesMax);

  /** The transaction with this id, or null. */
  @Nullable TransactionView transaction(UUID txId);

  /** See {@link LedgerApi#trialBalance}. */
  TrialBalance trialBalance(String book, @Nullable Instant asOf);

  /** Assets in bytewise order of their ids, those after {@code after}; null for all. */
  Page<Asset, String> assets(@Nullable String after, int limit);

  /** The asset with this id, or null. */
  @Nullable Asset asset(String id);

  /**
   * Books that hold an event, in bytewise order of their names, those after {@code after}; null for
   * all. One that is damaged is listed and says so.
   */
  Page<BookView, String> books(@Nullable String after, int limit);

  /** The book with this name, if it holds an event or is damaged; else null. */
  @Nullable BookView book(String name);

  /**
   * Accounts of a book in bytewise order of their paths, those that begin with {@code prefix} and
   * come after {@code after}; null for all. None if there is no such book.
   */
  Page<AccountView, String> accounts(String book, String prefix, @Nullable String after, int limit);

  /** An account and its balance now. */
  AccountView account(AccountId account);

  /**
   * Transactions of a book after {@code afterSeq} in seq order, up to {@code limit} and to {@code
   * bytesMax} as {@link PageFill} counts, but at least one if there is one. None if there is no
   * such book.
   */
  Page<TransactionView, Long> transactions(String book, long afterSeq, int limit, int bytesMax);

  /** The transaction of a book with this idempotency key, or null. */
  @Nullable TransactionView transactionByKey(String book, String idempotencyKey);

  /**
   * Durable events after {@code afterSeq} in seq order, as many as are there up to {@code limit}
   * and to {@code bytesMax} as {@link PageFill} counts, but at least one if there is one. Empty for
   * a book that does not exist.
   */
  List<Event> events(String book, long afterSeq, int limit, int bytesMax);

  /**
   * Those of {@link #events(String, long, int, int)} up to and including {@code upToSeq}: events at
   * a {@link Cut}. Events beyond the end of the book are none yet.
   */
  default List<Event> events(String book, long afterSeq, long upToSeq, int limit, int bytesMax) {
    // Seqs have no gaps, so as many events as there are seqs is never too far.
    long wanted = Math.min(limit, upToSeq - Math.max(afterSeq, 0));
    return wanted < 1 ? List.of() : events(book, afterSeq, (int) wanted, bytesMax);
  }

  /**
   * The balance of an account when its book ended at a seq: of the postings up to and including it.
   * Never changes. An account that was opened later had none, which is 0.
   *
   * @param seq 0 or more
   * @throws LedgerException {@link LedgerError.UnknownAccount}; {@link LedgerError.CursorBeyondEnd}
   *     if the book has not come that far
   */
  BalanceView balanceAt(AccountId account, long seq);

  /**
   * Debits and credits of a book when it ended at a seq. Never changes.
   *
   * @param seq 0 or more
   * @throws LedgerException {@link LedgerError.CursorBeyondEnd} if the book has not come that far
   */
  TrialBalance trialBalanceAt(String book, long seq);

  /** Seq of the last durable event of a book; 0 if there is none. */
  long lastSeq(String book);

  /**
   * The last durable seqs of all books, as they are now. Every asset that an event of the cut names
   * is registered within the cut. Books of which the store cannot tell, because they are damaged,
   * are not in it.
   */
  default Cut cut() {
    SortedMap<String, Long> seqs = new TreeMap<>();
    String after = null;
    do {
      Page<BookView, String> page = books(after, Limits.PAGE_LIMIT_MAX);
      page.items().forEach(book -> seqs.put(book.book(), book.lastSeq()));
      after = page.next();
    } while (after != null);
    // Last, as an asset is registered before it is used.
    seqs.put(DraftRules.SYSTEM_BOOK, lastSeq(DraftRules.SYSTEM_BOOK));
    seqs.values().removeIf(seq -> seq == 0);
    return new Cut(seqs);
  }

  /**
   * Calls {@code onAdvance} after each advance of {@link #lastSeq} of a book, which need not exist
   * yet. Calls come on a thread of the store, must not block, may be coalesced, and one may come
   * without an advance: look at the events, not at the number of calls.
   *
   * @return closing it ends the calls
   */
  Watch watch(String book, Runnable onAdvance);

  /**
   * As {@link #watch} for every book there is and those that come into being; {@code onAdvance} is
   * told which book.
   */
  Watch watchAll(Consumer<String> onAdvance);

  /**
   * Makes sure that a book which has no events after a seq ends at that seq or later, or has not
   * begun.
   *
   * @throws LedgerException {@link LedgerError.CursorBeyondEnd} if it ends before: a caller that
   *     has seen events up to there has seen another history
   */
  default void checkNotBeyondEnd(String book, long afterSeq) {
    if (afterSeq > 0) {
      long end = lastSeq(book);
      if (end > 0 && afterSeq > end) {
        throw new LedgerException(new LedgerError.CursorBeyondEnd(end));
      }
    }
  }

  /**
   * Makes sure that a book has come as far as a seq.
   *
   * @throws LedgerException {@link LedgerError.CursorBeyondEnd} if it has not
   * @throws IllegalArgumentException if the seq is negative
   */
  default void checkReaches(String book, long seq) {
    if (seq < 0) {
      throw new IllegalArgumentException("seq " + seq + " of book '" + book + "' is negative");
    }
    long end = lastSeq(book);
    if (seq > end) {
      throw new LedgerException(new LedgerError.CursorBeyondEnd(end));
    }
  }

  /** A running {@link #watch}. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** Who knows which books take no writes, and why. The same object for the store's life. */
  StoreHealth health();
}
