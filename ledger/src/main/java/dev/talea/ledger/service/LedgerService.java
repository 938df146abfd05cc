// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.service;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Cut;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.PostResult.Refused;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.rules.GroupRules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in process: checks what can be checked without the books, sorts batches by book, and
 * asks the store. Everything else is the store's or the rules'.
 *
 * <p>Stateless beyond its parts; any thread may call. Reads run on the executor it was given, so
 * that a caller that must not wait for a disk does not.
 */
public final class LedgerService implements LedgerApi {
  private final Store store;
  private final StoreReader reads;
  private final Executor readers;
  private final Executor balanceReaders;

  /**
   * @param store remains the caller's to close
   * @param readers where reads run; {@code Runnable::run} for the caller's own thread
   */
  public LedgerService(Store store, Executor readers) {
    this(store, readers, readers);
  }

  /**
   * @param store remains the caller's to close
   * @param readers where reads run
   * @param balanceReaders where current balances are read; {@code Runnable::run} for the caller's
   *     own thread, if the store has them at hand
   */
  public LedgerService(Store store, Executor readers, Executor balanceReaders) {
    this.store = store;
    this.reads = store.reads();
    this.readers = readers;
    this.balanceReaders = balanceReaders;
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    LedgerError fault = DraftRules.checkNew(asset);
    return fault == null ? store.registerAsset(asset) : failed(fault);
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    LedgerError fault = DraftRules.check(account);
    return fault == null ? store.openAccount(account) : failed(fault);
  }

  @Override
  public CompletableFuture<Posted> post(TransactionDraft draft) {
    LedgerError fault = DraftRules.checkNew(draft);
    return fault == null
        ? commit(draft.book(), List.of(draft), false, results -> results.get(0).orThrow())
        : failed(fault);
  }

  @Override
  public CompletableFuture<List<PostResult>> postBatch(List<TransactionDraft> drafts) {
    PostResult[] slots = new PostResult[drafts.size()];
    Map<String, List<Integer>> slotsByBook = new LinkedHashMap<>();
    for (int i = 0; i < slots.length; i++) {
      LedgerError fault = DraftRules.checkNew(drafts.get(i));
      if (fault == null) {
        slotsByBook.computeIfAbsent(drafts.get(i).book(), b -> new ArrayList<>()).add(i);
      } else {
        slots[i] = new Refused(fault);
      }
    }
    List<CompletableFuture<?>> books = new ArrayList<>(slotsByBook.size());
    slotsByBook.forEach((book, indexes) -> books.add(commit(book, drafts, indexes, slots)));
    return CompletableFuture.allOf(books.toArray(CompletableFuture[]::new))
        .thenApply(done -> List.of(slots));
  }

  /**
   * Commits the drafts at these indexes and fills their slots, with an error if it comes to that.
   */
  private CompletableFuture<?> commit(
      String book, List<TransactionDraft> drafts, List<Integer> indexes, PostResult[] slots) {
    List<TransactionDraft> ofBook = indexes.stream().map(drafts::get).toList();
    return commit(book, ofBook, false, results -> results)
        .handle(
            (results, failure) -> {
              for (int i = 0; i < indexes.size(); i++) {
                slots[indexes.get(i)] =
                    failure == null ? results.get(i) : new Refused(LedgerErrors.of(failure));
              }
              return null;
            });
  }

  /**
   * What is made of the store's answer, which has a slot per draft. A store that throws instead,
   * because it is closed, say, is a failed answer too: the other books of a batch have been asked
   * already.
   */
  private <T> CompletableFuture<T> commit(
      String book,
      List<TransactionDraft> drafts,
      boolean atomic,
      Function<List<PostResult>, T> making) {
    CompletableFuture<List<PostResult>> answer;
    try {
      answer = store.commit(book, drafts, atomic);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    return answer.thenApply(
        results -> {
          if (results.size() != drafts.size()) {
            throw new IllegalStateException(
                "store '%s' answered %d drafts of book '%s' with %d results"
                    .formatted(store.backend(), drafts.size(), book, results.size()));
          }
          return making.apply(results);
        });
  }

  @Override
  public CompletableFuture<List<Posted>> postAtomically(List<TransactionDraft> drafts) {
    if (drafts.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    String book = drafts.get(0).book();
    for (TransactionDraft draft : drafts) {
      LedgerError fault = DraftRules.checkNew(draft);
      if (fault == null && !draft.book().equals(book)) {
        fault = new InvalidDraft("book", "an atomic batch is for one book");
      }
      if (fault != null) {
        return failed(fault);
      }
    }
    LedgerError fault = GroupRules.checkKeys(drafts);
    if (fault != null) {
      return failed(fault);
    }
    return commit(
        book, drafts, true, results -> results.stream().map(PostResult::orThrow).toList());
  }

  @Override
  public CompletableFuture<BalanceView> balance(AccountId account, @Nullable Instant asOf) {
    Executor executor = asOf == null ? balanceReaders : readers;
    return CompletableFuture.supplyAsync(() -> reads.balance(account, asOf), executor);
  }

  @Override
  public CompletableFuture<HistoryPage> history(AccountId account, long afterSeq, int limit) {
    int transactions = Math.min(Math.max(limit, 1), Limits.HISTORY_LIMIT_MAX);
    return read(
        () -> reads.history(account, Math.max(afterSeq, 0), transactions, Limits.PAGE_BYTES_MAX));
  }

  @Override
  public CompletableFuture<TransactionView> transaction(UUID txId) {
    return read(() -> found(reads.transaction(txId), () -> new NotFound("transaction " + txId)));
  }

  @Override
  public CompletableFuture<TrialBalance> trialBalance(String book, @Nullable Instant asOf) {
    return read(() -> reads.trialBalance(book, asOf));
  }

  @Override
  public CompletableFuture<Page<Asset, String>> assets(@Nullable String after, int limit) {
    return read(
        () ->
            PageFill.bounded(
                reads.assets(after, pageLimit(limit)),
                Limits.PAGE_BYTES_MAX,
                PageFill::bytes,
                Asset::id));
  }

  @Override
  public CompletableFuture<Asset> asset(String id) {
    return read(() -> found(reads.asset(id), () -> new UnknownAsset(id)));
  }

  @Override
  public CompletableFuture<Page<BookView, String>> books(@Nullable String after, int limit) {
    return read(
        () ->
            PageFill.bounded(
                reads.books(after, pageLimit(limit)),
                Limits.PAGE_BYTES_MAX,
                PageFill::bytes,
                BookView::book));
  }

  @Override
  public CompletableFuture<BookView> book(String name) {
    return read(() -> found(reads.book(name), () -> new NotFound("book " + name)));
  }

  @Override
  public CompletableFuture<Page<AccountView, String>> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return read(
        () ->
            PageFill.bounded(
                reads.accounts(book, prefix, after, pageLimit(limit)),
                Limits.PAGE_BYTES_MAX,
                PageFill::bytes,
                view -> view.account().id().path()));
  }

  @Override
  public CompletableFuture<AccountView> account(AccountId account) {
    return read(() -> reads.account(account));
  }

  @Override
  public CompletableFuture<Page<TransactionView, Long>> transactions(
      String book, long afterSeq, int limit) {
    return read(
        () ->
            reads.transactions(
                book, Math.max(afterSeq, 0), pageLimit(limit), Limits.PAGE_BYTES_MAX));
  }

  @Override
  public CompletableFuture<TransactionView> transactionByKey(String book, String idempotencyKey) {
    return read(
        () ->
            found(
                reads.transactionByKey(book, idempotencyKey),
                () -> new NotFound("transaction by key " + idempotencyKey)));
  }

  @Override
  public CompletableFuture<Page<Event, Long>> events(String book, long afterSeq, int limit) {
    return events(book, afterSeq, limit, Limits.PAGE_BYTES_MAX);
  }

  /**
   * As {@link #events(String, long, int)} with pages of another size, for event streams.
   *
   * @param bytesMax about what a page takes
   */
  public CompletableFuture<Page<Event, Long>> events(
      String book, long afterSeq, int limit, int bytesMax) {
    return read(
        () -> {
          List<Event> items =
              reads.events(book, Math.max(afterSeq, 0), pageLimit(limit), bytesMax).stream()
                  .map(Event::published)
                  .toList();
          if (items.isEmpty()) {
            reads.checkNotBeyondEnd(book, afterSeq);
          }
          long last = items.isEmpty() ? Long.MAX_VALUE : items.get(items.size() - 1).seq();
          return new Page<>(items, last < reads.lastSeq(book) ? Long.valueOf(last) : null);
        });
  }

  private static int pageLimit(int limit) {
    return Math.min(Math.max(limit, 1), Limits.PAGE_LIMIT_MAX);
  }

  private static <T> T found(@Nullable T found, Supplier<LedgerError> otherwise) {
    if (found == null) {
      throw new LedgerException(otherwise.get());
    }
    return found;
  }

  @Override
  public EventStream subscribe(String book, long fromSeq) {
    return new StoreEventStream(reads, book, fromSeq);
  }

  @Override
  public LedgerStream subscribe(@Nullable Set<String> books, Cut after) {
    LedgerError fault = DraftRules.checkBooks(books);
    if (fault != null) {
      throw new LedgerException(fault);
    }
    return new StoreLedgerStream(reads, books, after);
  }

  /**
   * Follows books without a thread that waits: what {@link #subscribe(Set, Cut)} is made of, for a
   * caller with more subscribers than threads.
   *
   * @param books their names; null for every book there is, of which those that are there now have
   *     to be announced to the feed, and those that come into being
   * @param positions the last seq seen of each book
   * @param wanted passes over books that are not named
   * @param onNews called by any thread when it is time to ask the feed; must not block
   */
  public EventFeed feed(
      @Nullable Set<String> books,
      Map<String, Long> positions,
      Predicate<String> wanted,
      Runnable onNews) {
    return new EventFeed(reads, books, positions, wanted, onNews);
  }

  /** Nothing to let go of: the store belongs to the caller that opened it. */
  @Override
  public void close() {}

  private <T> CompletableFuture<T> read(Supplier<T> read) {
    return CompletableFuture.supplyAsync(read, readers);
  }

  private static <T> CompletableFuture<T> failed(LedgerError error) {
    return CompletableFuture.failedFuture(new LedgerException(error));
  }
}
