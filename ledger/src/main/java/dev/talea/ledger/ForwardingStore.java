// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes everything on to another store: what a class that changes or watches one thing about a
 * store extends. As thread-safe as that one.
 */
public abstract class ForwardingStore implements Store {
  private final Store store;

  /**
   * Forwards to a store.
   *
   * @param store closed together with this one
   */
  protected ForwardingStore(Store store) {
    this.store = store;
  }

  @Override
  public String backend() {
    return store.backend();
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    return store.registerAsset(asset);
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    return store.openAccount(account);
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    return store.commit(book, drafts, atomic);
  }

  @Override
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return store.balance(account, asOf);
  }

  @Override
  public HistoryPage history(AccountId account, long afterSeq, int limit, int bytesMax) {
    return store.history(account, afterSeq, limit, bytesMax);
  }

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return store.transaction(txId);
  }

  @Override
  public TrialBalance trialBalance(String book, @Nullable Instant asOf) {
    return store.trialBalance(book, asOf);
  }

  @Override
  public Page<Asset, String> assets(@Nullable String after, int limit) {
    return store.assets(after, limit);
  }

  @Override
  public @Nullable Asset asset(String id) {
    return store.asset(id);
  }

  @Override
  public Page<BookView, String> books(@Nullable String after, int limit) {
    return store.books(after, limit);
  }

  @Override
  public @Nullable BookView book(String name) {
    return store.book(name);
  }

  @Override
  public Page<AccountView, String> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return store.accounts(book, prefix, after, limit);
  }

  @Override
  public AccountView account(AccountId account) {
    return store.account(account);
  }

  @Override
  public Page<TransactionView, Long> transactions(
      String book, long afterSeq, int limit, int bytesMax) {
    return store.transactions(book, afterSeq, limit, bytesMax);
  }

  @Override
  public @Nullable TransactionView transactionByKey(String book, String idempotencyKey) {
    return store.transactionByKey(book, idempotencyKey);
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    return store.events(book, afterSeq, limit, bytesMax);
  }

  @Override
  public BalanceView balanceAt(AccountId account, long seq) {
    return store.balanceAt(account, seq);
  }

  @Override
  public TrialBalance trialBalanceAt(String book, long seq) {
    return store.trialBalanceAt(book, seq);
  }

  @Override
  public long lastSeq(String book) {
    return store.lastSeq(book);
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return store.watch(book, onAdvance);
  }

  @Override
  public Watch watchAll(Consumer<String> onAdvance) {
    return store.watchAll(onAdvance);
  }

  @Override
  public StoreHealth health() {
    return store.health();
  }

  @Override
  public @Nullable Outage check() {
    return store.check();
  }

  @Override
  public void acceptClock() {
    store.acceptClock();
  }

  @Override
  public long clockBehindSeconds() {
    return store.clockBehindSeconds();
  }

  @Override
  public void close() {
    store.close();
  }
}
