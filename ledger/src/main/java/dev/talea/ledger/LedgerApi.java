// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Everything one can do with a ledger, in process ({@link dev.talea.ledger.service.LedgerService})
 * or over HTTP ({@code TaleaClient}): code written against this runs on either.
 *
 * <p>Calls return at once. A future completes normally with the answer or exceptionally with a
 * {@link LedgerException}; it may complete on a thread of the ledger, so what is chained to it must
 * not block. {@link BlockingLedger} is the same with plain return values.
 *
 * <p>A write whose future has completed is on disk, and every read that starts afterwards, by any
 * caller, reflects it.
 *
 * <p>Any thread may call.
 */
public interface LedgerApi extends AutoCloseable {

  /** Registers an asset. The same definition again is a no-op; another one is a conflict. */
  CompletableFuture<Void> registerAsset(Asset asset);

  /** Opens an account. The same definition again is a no-op; another one is a conflict. */
  CompletableFuture<Void> openAccount(Account account);

  /** Posts a transaction. Safe to repeat with the same key, whatever became of the first call. */
  CompletableFuture<PostResult.Posted> post(TransactionDraft draft);

  /**
   * Posts many, each on its own: slot i of the answer is what {@link #post} would have said to
   * draft i. Drafts of one book commit in list order.
   */
  CompletableFuture<List<PostResult>> postBatch(List<TransactionDraft> drafts);

  /**
   * Posts all of them or none, in one commit. All drafts must name the same book.
   *
   * @return a receipt per draft; fails with the first refusal, and then none is posted
   */
  CompletableFuture<List<PostResult.Posted>> postAtomically(List<TransactionDraft> drafts);

  /**
   * The balance of an account.
   *
   * @param asOf inclusive, by commit time; null for now
   */
  CompletableFuture<BalanceView> balance(AccountId account, @Nullable Instant asOf);

  /**
   * A page of an account's postings.
   *
   * @param afterSeq exclusive; 0 for the start
   * @param limit transactions, not postings; 0 counts as 1, more than 1,000 as 1,000
   */
  CompletableFuture<HistoryPage> history(AccountId account, long afterSeq, int limit);

  /** A transaction by its id. */
  CompletableFuture<TransactionView> transaction(UUID txId);

  /**
   * Debits and credits of a book per asset.
   *
   * @param asOf inclusive, by commit time; null for now
   */
  CompletableFuture<TrialBalance> trialBalance(String book, @Nullable Instant asOf);

  /**
   * The registered assets, in bytewise order of their ids.
   *
   * @param after those after this id; null from the start
   * @param limit assets on the page; 0 counts as 1, more than 1,000 as 1,000
   */
  CompletableFuture<Page<Asset, String>> assets(@Nullable String after, int limit);

  /** A registered asset. */
  CompletableFuture<Asset> asset(String id);

  /**
   * The books, in bytewise order of their names, as far as the caller may read them. {@code
   * _system} is one of them.
   *
   * @param after those after this name; null from the start
   * @param limit books on the page; 0 counts as 1, more than 1,000 as 1,000
   */
  CompletableFuture<Page<BookView, String>> books(@Nullable String after, int limit);

  /** A book at a glance; {@link LedgerError.NotFound} if it holds no event. */
  CompletableFuture<BookView> book(String name);

  /**
   * The accounts of a book with their balances, in bytewise order of their paths. A book that does
   * not exist has none.
   *
   * @param prefix those whose paths begin with it; empty for all
   * @param after those after this path; null from the start
   * @param limit accounts on the page; 0 counts as 1, more than 1,000 as 1,000
   */
  CompletableFuture<Page<AccountView, String>> accounts(
      String book, String prefix, @Nullable String after, int limit);

  /** The definition and the balance of an account. */
  CompletableFuture<AccountView> account(AccountId account);

  /**
   * The transactions of a book, in seq order. A book that does not exist has none. A page is
   * shorter than asked for if its transactions are large.
   *
   * @param afterSeq exclusive; 0 for the start
   * @param limit transactions on the page; 0 counts as 1, more than 1,000 as 1,000
   */
  CompletableFuture<Page<TransactionView, Long>> transactions(
      String book, long afterSeq, int limit);

  /** The transaction that was posted to a book with this idempotency key. */
  CompletableFuture<TransactionView> transactionByKey(String book, String idempotencyKey);

  /**
   * The events of a book that are there now, in seq order: {@link #subscribe} without the waiting.
   * A book that does not exist has none. A page is shorter than asked for if its events are large.
   *
   * @param afterSeq exclusive; 0 for the start
   * @param limit events on the page; 0 counts as 1, more than 1,000 as 1,000
   */
  CompletableFuture<Page<Event, Long>> events(String book, long afterSeq, int limit);

  /**
   * Follows a book, which need not exist yet.
   *
   * @param fromSeq the first seq wanted, 1 for all
   */
  EventStream subscribe(String book, long fromSeq);

  /**
   * Follows many books in one stream, each from behind the cut. A subscriber that keeps the last
   * seq it has handled of each book has the cut to come back with.
   *
   * @param books their names, at most {@link Limits#SUBSCRIPTION_BOOKS_MAX}, which need not exist
   *     yet; null for all that the caller may read, those that come into being later included
   * @param after the last seq seen of each book; one that is not in it is followed from its start
   */
  LedgerStream subscribe(@Nullable Set<String> books, Cut after);

  /** Lets go of what this object holds: connections, or nothing. Does not close the store. */
  @Override
  void close();
}
