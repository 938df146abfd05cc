package dev.talea.ledger;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a ledger's bytes lie. Stores differ in that only: what is right is decided by {@link
 * PostingRules}, which every store calls.
 *
 * <p>Writes are asynchronous: they enter a bounded queue per book and complete once the commit is
 * on disk. A full queue completes them at once with {@link LedgerError.Overloaded}; a full or
 * failed disk with {@link LedgerError.Unavailable}. Arguments are well-formed already ({@link
 * DraftRules} has passed on them). Futures complete on the writer's thread: what is chained must be
 * short and must not block.
 *
 * <p>Reads are synchronous, show durable commits only, take no lock that a writer holds, and throw
 * {@link LedgerException} for what does not exist. They may touch the disk.
 *
 * <p>Any thread may call.
 */
public interface Store extends AutoCloseable {

  /**
   * Name of the backend, for people and for {@code X-Talea-Backend}: {@code log}, {@code sqlite}.
   */
  String backend();

  /** See {@link LedgerApi#registerAsset}. */
  CompletableFuture<Void> registerAsset(Asset asset);

  /** See {@link LedgerApi#openAccount}. */
  CompletableFuture<Void> openAccount(Account account);

  /**
   * Commits drafts of one book, in order.
   *
   * @param atomic true: all in one commit or none, in which case every slot that is not itself the
   *     culprit repeats the first refusal
   * @return a result per draft, complete when all of them are on disk; exceptional only if nothing
   *     at all was attempted (queue full, book unavailable), except that after a failed sync it is
   *     unknown what reached the disk and the key tells
   */
  CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic);

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

  /** Seq of the last durable event of a book; 0 if there is none. */
  long lastSeq(String book);

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
   * @throws LedgerException {@link LedgerError.CursorBeyondEnd} if it ends before: whoever has seen
   *     events up to there has seen another history
   */
  default void checkNotBeyondEnd(String book, long afterSeq) {
    if (afterSeq > 0) {
      long end = lastSeq(book);
      if (end > 0 && afterSeq > end) {
        throw new LedgerException(new LedgerError.CursorBeyondEnd(end));
      }
    }
  }

  /** A running {@link #watch}. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** Who knows which books take no writes, and why. The same object for the store's life. */
  StoreHealth health();

  /**
   * Asks the store whether it is of use: whether it answers, is still the one that was opened, and
   * has a book that takes writes, if it has books. Waits for a disk or a database, within a bound;
   * for readiness, about once a second, on a thread that may wait.
   *
   * @return null if so; else why requests had better go elsewhere
   */
  @Nullable Outage check();

  /**
   * A person says that the clock of this machine is right although it has run far ahead of the time
   * that has passed: see {@link ClockGuard}. Until the store is opened the next time. Does nothing
   * if the clock is not in doubt, or if commit times come from the clock of a database.
   */
  void acceptClock();

  /**
   * How far the clock that commit times are taken from is behind the newest commit, in seconds; 0
   * if it is not. While it is, commit times move on by the smallest step. For metrics.
   */
  default long clockBehindSeconds() {
    return 0;
  }

  /** Finishes what is queued, syncs, and lets go of the files. Idempotent. */
  @Override
  void close();
}
