// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import dev.talea.ledger.PostResult.Posted;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LedgerApi} with plain return values: each call waits for its answer and throws {@link
 * LedgerException} where the future would have failed. For scripts, tests and other callers with a
 * thread to spare; not for an event loop. Calls that have no method here are made with {@link
 * #get}.
 *
 * <p>Any thread may call.
 */
public final class BlockingLedger {
  /** A look and a yield take about half a microsecond. */
  private static final int LOOKS_MAX = 400;

  private final LedgerApi api;
  private final AtomicBoolean lookingOut = new AtomicBoolean();

  public BlockingLedger(LedgerApi api) {
    this.api = api;
  }

  /** The same ledger without the waiting. */
  public LedgerApi async() {
    return api;
  }

  /** Makes any call, and waits for its answer: {@code get(ledger -> ledger.book("bank"))}. */
  public <T> T get(Function<LedgerApi, CompletableFuture<T>> call) {
    return await(call.apply(api));
  }

  /** See {@link LedgerApi#registerAsset}. */
  public void registerAsset(Asset asset) {
    await(api.registerAsset(asset));
  }

  /** See {@link LedgerApi#openAccount}. */
  public void openAccount(Account account) {
    await(api.openAccount(account));
  }

  /** See {@link LedgerApi#post}. */
  public Posted post(TransactionDraft draft) {
    return await(api.post(draft));
  }

  /** See {@link LedgerApi#postBatch}. */
  public List<PostResult> postBatch(List<TransactionDraft> drafts) {
    return await(api.postBatch(drafts));
  }

  /** See {@link LedgerApi#postAtomically}. */
  public List<Posted> postAtomically(List<TransactionDraft> drafts) {
    return await(api.postAtomically(drafts));
  }

  /** See {@link LedgerApi#balance}. */
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return await(api.balance(account, asOf));
  }

  /** See {@link LedgerApi#history}. */
  public HistoryPage history(AccountId account, long afterSeq, int limit) {
    return await(api.history(account, afterSeq, limit));
  }

  /** See {@link LedgerApi#transaction}. */
  public TransactionView transaction(UUID txId) {
    return await(api.transaction(txId));
  }

  /** See {@link LedgerApi#trialBalance}. */
  public TrialBalance trialBalance(String book, @Nullable Instant asOf) {
    return await(api.trialBalance(book, asOf));
  }

  /** See {@link LedgerApi#assets}. */
  public Page<Asset, String> assets(@Nullable String after, int limit) {
    return await(api.assets(after, limit));
  }

  /** See {@link LedgerApi#asset}. */
  public Asset asset(String id) {
    return await(api.asset(id));
  }

  /** See {@link LedgerApi#books}. */
  public Page<BookView, String> books(@Nullable String after, int limit) {
    return await(api.books(after, limit));
  }

  /** See {@link LedgerApi#book}. */
  public BookView book(String name) {
    return await(api.book(name));
  }

  /** See {@link LedgerApi#accounts}. */
  public Page<AccountView, String> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return await(api.accounts(book, prefix, after, limit));
  }

  /** See {@link LedgerApi#account}. */
  public AccountView account(AccountId account) {
    return await(api.account(account));
  }

  /** See {@link LedgerApi#transactions}. */
  public Page<TransactionView, Long> transactions(String book, long afterSeq, int limit) {
    return await(api.transactions(book, afterSeq, limit));
  }

  /** See {@link LedgerApi#transactionByKey}. */
  public TransactionView transactionByKey(String book, String idempotencyKey) {
    return await(api.transactionByKey(book, idempotencyKey));
  }

  /** See {@link LedgerApi#events}. */
  public Page<Event, Long> events(String book, long afterSeq, int limit) {
    return await(api.events(book, afterSeq, limit));
  }

  /** See {@link LedgerApi#subscribe}. */
  public EventStream subscribe(String book, long fromSeq) {
    return api.subscribe(book, fromSeq);
  }

  private <T> T await(CompletableFuture<T> answer) {
    lookOut(answer);
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (LedgerErrors.unwrap(e) instanceof LedgerException refusal) {
        throw new LedgerException(refusal.error(), e);
      }
      throw e;
    }
  }

  /**
   * Spins briefly, for about as long as a commit takes on a fast disk, and yields to every thread
   * that can run: being woken would take a tenth as long again. One caller at a time, because where
   * many wait the latency of each matters less.
   */
  @SuppressWarnings(
      "ThreadPriorityCheck") // a yield is a hint here: without it the answer comes all the same
  private void lookOut(CompletableFuture<?> answer) {
    if (!answer.isDone() && lookingOut.compareAndSet(false, true)) {
      for (int i = 0; i < LOOKS_MAX && !answer.isDone(); i++) {
        Thread.yield();
      }
      lookingOut.set(false);
    }
  }
}
