// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Passes everything on to another ledger, for tests to change one thing. As thread-safe as that.
 */
public abstract class ForwardingLedger implements LedgerApi {
  private final LedgerApi ledger;

  protected ForwardingLedger(LedgerApi ledger) {
    this.ledger = ledger;
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    return ledger.registerAsset(asset);
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    return ledger.openAccount(account);
  }

  @Override
  public CompletableFuture<Posted> post(TransactionDraft draft) {
    return ledger.post(draft);
  }

  @Override
  public CompletableFuture<List<PostResult>> postBatch(List<TransactionDraft> drafts) {
    return ledger.postBatch(drafts);
  }

  @Override
  public CompletableFuture<List<Posted>> postAtomically(List<TransactionDraft> drafts) {
    return ledger.postAtomically(drafts);
  }

  @Override
  public CompletableFuture<BalanceView> balance(AccountId account, @Nullable Instant asOf) {
    return ledger.balance(account, asOf);
  }

  @Override
  public CompletableFuture<HistoryPage> history(AccountId account, long afterSeq, int limit) {
    return ledger.history(account, afterSeq, limit);
  }

  @Override
  public CompletableFuture<TransactionView> transaction(UUID txId) {
    return ledger.transaction(txId);
  }

  @Override
  public CompletableFuture<TrialBalance> trialBalance(String book, @Nullable Instant asOf) {
    return ledger.trialBalance(book, asOf);
  }

  @Override
  public CompletableFuture<Page<Asset, String>> assets(@Nullable String after, int limit) {
    return ledger.assets(after, limit);
  }

  @Override
  public CompletableFuture<Asset> asset(String id) {
    return ledger.asset(id);
  }

  @Override
  public CompletableFuture<Page<BookView, String>> books(@Nullable String after, int limit) {
    return ledger.books(after, limit);
  }

  @Override
  public CompletableFuture<BookView> book(String name) {
    return ledger.book(name);
  }

  @Override
  public CompletableFuture<Page<AccountView, String>> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return ledger.accounts(book, prefix, after, limit);
  }

  @Override
  public CompletableFuture<AccountView> account(AccountId account) {
    return ledger.account(account);
  }

  @Override
  public CompletableFuture<Page<TransactionView, Long>> transactions(
      String book, long afterSeq, int limit) {
    return ledger.transactions(book, afterSeq, limit);
  }

  @Override
  public CompletableFuture<TransactionView> transactionByKey(String book, String idempotencyKey) {
    return ledger.transactionByKey(book, idempotencyKey);
  }

  @Override
  public CompletableFuture<Page<Event, Long>> events(String book, long afterSeq, int limit) {
    return ledger.events(book, afterSeq, limit);
  }

  @Override
  public EventStream subscribe(String book, long fromSeq) {
    return ledger.subscribe(book, fromSeq);
  }

  @Override
  public LedgerStream subscribe(@Nullable Set<String> books, Cut after) {
    return ledger.subscribe(books, after);
  }

  @Override
  public void close() {
    ledger.close();
  }
}
