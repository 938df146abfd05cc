package dev.talea.server;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.server.Metrics.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that counts and times the commits that pass through it on their way to another. Separate
 * so that neither the routes nor the stores know of metrics, and every store is counted alike.
 *
 * <p>Any thread may call.
 */
final class MeteredStore implements Store {
  private final Store store;
  private final Metrics metrics;
  private final LongSupplier nanoClock;

  /** Commits under way per book; a book without any has no entry. */
  private final Map<String, Integer> commitsOfBook = new ConcurrentHashMap<>();

  MeteredStore(Store store, Metrics metrics, LongSupplier nanoClock) {
    this.store = store;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    long start = nanoClock.getAsLong();
    begin(book, drafts.size());
    CompletableFuture<List<PostResult>> answer;
    try {
      answer = store.commit(book, drafts, atomic);
    } catch (RuntimeException | Error e) {
      end(book, drafts.size(), start, null, e);
      throw e;
    }
    // What the caller chains runs after the counting, so a scrape after an answer includes it.
    return answer.whenComplete(
        (results, failure) -> end(book, drafts.size(), start, results, failure));
  }

  private void begin(String book, int drafts) {
    metrics.draftsHandedOver(drafts);
    commitsOfBook.compute(
        book,
        (name, running) -> {
          if (running == null) {
            metrics.bookBecameActive();
          }
          return running == null ? 1 : running + 1;
        });
  }

  private void end(
      String book,
      int drafts,
      long start,
      @Nullable List<PostResult> results,
      @Nullable Throwable failure) {
    metrics.draftsAnswered(drafts, nanoClock.getAsLong() - start);
    commitsOfBook.compute(
        book,
        (name, running) -> {
          if (running == null || running == 1) {
            metrics.bookBecameIdle();
            return null;
          }
          return running - 1;
        });
    if (results != null) {
      count(results);
    } else if (failure != null) {
      metrics.results(refusal(LedgerErrors.of(failure)), drafts);
    }
  }

  private void count(List<PostResult> results) {
    int committed = 0;
    int deduplicated = 0;
    int rejected = 0;
    int overloaded = 0;
    for (PostResult result : results) {
      if (result instanceof Posted posted) {
        committed += posted.deduplicated() ? 0 : 1;
        deduplicated += posted.deduplicated() ? 1 : 0;
      } else if (((Refused) result).error() instanceof Overloaded) {
        overloaded++;
      } else {
        rejected++;
      }
    }
    metrics.results(Outcome.COMMITTED, committed);
    metrics.results(Outcome.DEDUPLICATED, deduplicated);
    metrics.results(Outcome.REJECTED, rejected);
    metrics.results(Outcome.OVERLOADED, overloaded);
  }

  private static Outcome refusal(LedgerError error) {
    return error instanceof Overloaded ? Outcome.OVERLOADED : Outcome.REJECTED;
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
