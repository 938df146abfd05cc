// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.keys.KeyHash;
import dev.talea.index.record.Bytes;
import dev.talea.index.record.TransactionRecord;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.Watches;
import dev.talea.log.Log;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reading half of the ledger in logs: finds the book, and asks what its writer has published.
 * Apart from {@link LogLedgerStore} because that one is about writing, opening and healing.
 *
 * <p>Any thread may call; takes no lock that a writer holds.
 */
class LogReads implements StoreReader {
  private static final Logger LOG = LoggerFactory.getLogger(LogReads.class);

  /** The registry's events name no accounts. */
  private static final AccountTable NO_ACCOUNTS = new AccountTable(new KeyHash(0, 0));

  private final RegistryBook registry;
  private final Books books;
  private final StoreHealth health;
  private final Watches watches;
  private final StoreClock clock;
  private final LongSupplier nanos;
  private final BookCatalog catalog;

  /**
   * @param watches told of what these books do
   */
  LogReads(
      RegistryBook registry,
      Books books,
      StoreHealth health,
      Watches watches,
      StoreClock clock,
      LongSupplier nanos) {
    this.registry = registry;
    this.books = books;
    this.health = health;
    this.watches = watches;
    this.clock = clock;
    this.nanos = nanos;
    this.catalog = new BookCatalog(books, registry, health);
  }

  @Override
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return read(
        () -> {
          Book book = existing(account);
          if (asOf != null) {
            book.settle(asOf, clock, nanos);
          }
          return book.reader().balance(account, asOf);
        });
  }

  @Override
  public HistoryPage history(AccountId account, long afterSeq, int limit, int bytesMax) {
    return read(() -> existing(account).reader().history(account, afterSeq, limit, bytesMax));
  }

  private Book existing(AccountId account) {
    Book book = books.find(account.book());
    if (book == null) {
      throw new LedgerException(new UnknownAccount(account.key()));
    }
    return book;
  }

  /**
   * Opens the hash tree of a book or of the registry, or gives null if there is none of that name.
   * It is the caller's to close. Over everything that was acknowledged when this was called, unless
   * the log has come to its end before it was hashed.
   */
  public @Nullable BookTree tree(String name) {
    return read(
        () -> {
          Book book = books.find(name);
          Log<? super HashedRequest> log =
              book != null ? book.log() : name.equals(RegistryBook.NAME) ? registry.find() : null;
          if (log == null) {
            return null;
          }
          HashedRequest.of(log).join();
          return books.tree(log);
        });
  }

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return read(() -> books.transaction(txId));
  }

  @Override
  public TrialBalance trialBalance(String name, @Nullable Instant asOf) {
    return read(
        () -> {
          Book book = books.find(name);
          if (book == null) {
            return new TrialBalance(name, asOf, List.of());
          }
          if (asOf != null) {
            book.settle(asOf, clock, nanos);
          }
          return book.reader().trialBalance(asOf);
        });
  }

  @Override
  public BalanceView balanceAt(AccountId account, long seq) {
    return read(
        () -> {
          checkReaches(account.book(), seq);
          return existing(account).reader().balanceAt(account, seq);
        });
  }

  @Override
  public TrialBalance trialBalanceAt(String name, long seq) {
    return read(
        () -> {
          checkReaches(name, seq);
          Book book = books.find(name);
          return book == null
              ? new TrialBalance(name, null, List.of())
              : book.reader().trialBalanceAt(seq);
        });
  }

  @Override
  public List<Event> events(String name, long afterSeq, int limit, int bytesMax) {
    return read(
        () -> {
          if (name.equals(RegistryBook.NAME)) {
            Log<Request<Void>> log = registry.find();
            return log == null
                ? List.of()
                : new EventReader(log, NO_ACCOUNTS).after(afterSeq, limit, bytesMax);
          }
          Book book = books.find(name);
          return book == null ? List.of() : book.events().after(afterSeq, limit, bytesMax);
        });
  }

  @Override
  public long lastSeq(String name) {
    Log<?> log;
    if (name.equals(RegistryBook.NAME)) {
      log = registry.find();
    } else {
      Book book = books.find(name);
      log = book == null ? null : book.log();
    }
    return log == null ? 0 : log.durableSeq();
  }

  @Override
  public Page<Asset, String> assets(@Nullable String after, int limit) {
    return registry.assets().list(after, limit);
  }

  @Override
  public @Nullable Asset asset(String id) {
    return registry.assets().find(id);
  }

  @Override
  public Page<BookView, String> books(@Nullable String after, int limit) {
    return read(() -> catalog.list(after, limit));
  }

  @Override
  public @Nullable BookView book(String name) {
    return read(() -> catalog.view(name));
  }

  @Override
  public Page<AccountView, String> accounts(
      String name, String prefix, @Nullable String after, int limit) {
    return read(
        () -> {
          Book book = books.find(name);
          return book == null
              ? new Page<>(List.of(), null)
              : book.reader().accounts(prefix, after, limit);
        });
  }

  @Override
  public AccountView account(AccountId account) {
    return read(() -> existing(account).reader().accountView(account));
  }

  @Override
  public Page<TransactionView, Long> transactions(
      String name, long afterSeq, int limit, int bytesMax) {
    return read(
        () -> {
          Book book = books.find(name);
          return book == null
              ? new Page<>(List.of(), null)
              : book.reader().transactions(afterSeq, limit, bytesMax);
        });
  }

  @Override
  public @Nullable TransactionView transactionByKey(String name, String idempotencyKey) {
    return read(
        () -> {
          Book book = books.find(name);
          TransactionRecord found =
              book == null ? null : book.state().keys.durable(Bytes.utf8(idempotencyKey));
          // No record has a key without a UTF-8 form, although one may have its bytes.
          return book == null || found == null || !found.keyText().equals(idempotencyKey)
              ? null
              : PostedTransaction.view(name, found, book.state().accounts);
        });
  }

  /** Runs a read and puts what the log has to say about its files into the ledger's words. */
  static <T extends @Nullable Object> T read(Supplier<T> read) {
    try {
      return read.get();
    } catch (LedgerException e) {
      throw e;
    } catch (RuntimeException e) {
      Outage known = Troubles.known(e);
      if (known == null) {
        throw e;
      }
      LOG.error("A read failed: {}", known.detail());
      throw new LedgerException(new Unavailable(known.reason()), e);
    }
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return watches.add(book, onAdvance);
  }

  @Override
  public Watch watchAll(Consumer<String> onAdvance) {
    return watches.addAll(onAdvance);
  }

  @Override
  public StoreHealth health() {
    return health;
  }
}
