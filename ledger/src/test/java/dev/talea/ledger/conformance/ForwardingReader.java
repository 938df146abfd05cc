// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes every question on to another store's reads, for tests to change one answer. As thread-safe
 * as those.
 */
public abstract class ForwardingReader implements StoreReader {
  private final StoreReader reads;

  protected ForwardingReader(StoreReader reads) {
    this.reads = reads;
  }

  @Override
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return reads.balance(account, asOf);
  }

  @Override
  public HistoryPage history(AccountId account, long afterSeq, int limit, int bytesMax) {
    return reads.history(account, afterSeq, limit, bytesMax);
  }

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return reads.transaction(txId);
  }

  @Override
  public TrialBalance trialBalance(String book, @Nullable Instant asOf) {
    return reads.trialBalance(book, asOf);
  }

  @Override
  public Page<Asset, String> assets(@Nullable String after, int limit) {
    return reads.assets(after, limit);
  }

  @Override
  public @Nullable Asset asset(String id) {
    return reads.asset(id);
  }

  @Override
  public Page<BookView, String> books(@Nullable String after, int limit) {
    return reads.books(after, limit);
  }

  @Override
  public @Nullable BookView book(String name) {
    return reads.book(name);
  }

  @Override
  public Page<AccountView, String> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return reads.accounts(book, prefix, after, limit);
  }

  @Override
  public AccountView account(AccountId account) {
    return reads.account(account);
  }

  @Override
  public Page<TransactionView, Long> transactions(
      String book, long afterSeq, int limit, int bytesMax) {
    return reads.transactions(book, afterSeq, limit, bytesMax);
  }

  @Override
  public @Nullable TransactionView transactionByKey(String book, String idempotencyKey) {
    return reads.transactionByKey(book, idempotencyKey);
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    return reads.events(book, afterSeq, limit, bytesMax);
  }

  @Override
  public BalanceView balanceAt(AccountId account, long seq) {
    return reads.balanceAt(account, seq);
  }

  @Override
  public TrialBalance trialBalanceAt(String book, long seq) {
    return reads.trialBalanceAt(book, seq);
  }

  @Override
  public long lastSeq(String book) {
    return reads.lastSeq(book);
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return reads.watch(book, onAdvance);
  }

  @Override
  public Watch watchAll(Consumer<String> onAdvance) {
    return reads.watchAll(onAdvance);
  }

  @Override
  public StoreHealth health() {
    return reads.health();
  }
}
