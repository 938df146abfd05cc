package dev.talea.index;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.Watches;
import dev.talea.log.Log;
import dev.talea.log.LogDirectory;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.LogObserver;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.SystemLogEnvironment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ledger in a directory of append-only logs, one per book: the {@link Store} that talea embeds.
 *
 * <p>Takes calls and sends them to where they are answered: writes to the writer of their book,
 * reads to the published state. A book that is damaged or has failed answers {@link Unavailable};
 * the others do not notice.
 *
 * <p>Any thread may call. Only creating a log blocks on a disk, and that is done on a thread of its
 * own.
 */
public final class LogLedgerStore implements Store {
  private static final Logger LOG = LoggerFactory.getLogger(LogLedgerStore.class);

  /**
   * Bytes that an atomic batch may take in the log, all of which are written and synced in one
   * piece: sixteen ordinary groups, far above what an HTTP request can carry.
   */
  static final int ATOMIC_BYTES_MAX = 16 << 20;

  private static final long BACKGROUND_IDLE_SECONDS = 5;

  /** The registry's events name no accounts. */
  private static final AccountTable NO_ACCOUNTS = new AccountTable(new KeyHash(0, 0));

  private final LogDirectory directory;
  private final Executor creator;
  private final Upkeep upkeep;
  private final Watches watches =
      new Watches(
          (book, e) ->
              LOG.error("A watcher of book '{}' failed on being told of an advance", book, e));
  private final StoreHealth health = new StoreHealth(LogLedgerStore::logHealth);
  private final RegistryBook registry;
  private final Books books;
  private final BookCatalog catalog;

  /** Held while logs are opened or created; guards {@link #closed}. */
  private final Object lifecycle = new Object();

  /** Held while the store is being closed: whoever closes it returns when it is. */
  private final Object closing = new Object();

  private boolean closed;

  private LogLedgerStore(LogDirectory directory, Upkeep upkeep, Executor creator) {
    this.directory = directory;
    this.creator = creator;
    this.upkeep = upkeep;
    this.registry = new RegistryBook(directory, watches);
    this.books = new Books(directory, upkeep, watches);
    this.catalog = new BookCatalog(books, registry);
  }

  /**
   * Opens the ledger in a directory, creating it if it is not there, and replays it.
   *
   * @throws LogException if the directory is in use or cannot be read. A single damaged book does
   *     not prevent opening; it answers {@link Unavailable} with what is wrong
   */
  public static LogLedgerStore open(Path directory, LogStoreSettings settings) {
    return open(directory, settings, LogObserver.NONE);
  }

  /**
   * As {@link #open(Path, LogStoreSettings)}, telling of every sync.
   *
   * @param observer called on writer threads; for metrics
   */
  public static LogLedgerStore open(
      Path directory, LogStoreSettings settings, LogObserver observer) {
    return open(
        directory,
        settings.log(),
        settings,
        SystemLogEnvironment.create().withObserver(observer),
        threadOnDemand("talea-book-creator"),
        threadOnDemand("talea-upkeep"),
        Runtime.getRuntime().availableProcessors());
  }

  /**
   * As {@link #open(Path, LogStoreSettings)} in given surroundings.
   *
   * @param background runs what waits for the disk and is not a commit: the creation of logs, and
   *     the writing of checkpoints and files of keys; in the order given, one at a time
   */
  public static LogLedgerStore open(
      Path directory, LogStoreSettings settings, LogEnvironment environment, Executor background) {
    return open(directory, settings.log(), settings, environment, background, background, 1);
  }

  /** As above, with every limit of the logs in the caller's hands, on this thread. */
  static LogLedgerStore open(
      Path directory,
      LogSettings limits,
      LogStoreSettings settings,
      LogEnvironment environment,
      Executor background) {
    return open(directory, limits, settings, environment, background, background, 1);
  }

  private static LogLedgerStore open(
      Path directory,
      LogSettings limits,
      LogStoreSettings settings,
      LogEnvironment environment,
      Executor creator,
      Executor upkeepThread,
      int openers) {
    LogDirectory logs = LogDirectory.open(directory, limits, environment);
    boolean opened = false;
    try {
      Upkeep upkeep =
          new Upkeep(
              environment.disk(), upkeepThread, settings.checkpointEvery(), settings.hotKeysMax());
      LogLedgerStore store = new LogLedgerStore(logs, upkeep, creator);
      store.openExisting(openers);
      opened = true;
      return store;
    } finally {
      if (!opened) {
        logs.close();
      }
    }
  }

  private static Executor threadOnDemand(String name) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            BACKGROUND_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private void openExisting(int openers) {
    synchronized (lifecycle) {
      registry.openExisting();
      List<String> names = new ArrayList<>(directory.names());
      names.remove(RegistryBook.NAME);
      openAll(names, openers);
    }
    LOG.info("Ledger in {} is open: {}", directory.path(), books);
  }

  /**
   * Opens books on several threads at once: most of it is computation. The keys of a large book are
   * another thread's, so that one book alone is replayed by two.
   */
  private void openAll(List<String> names, int openers) {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    Runnable opener =
        () -> {
          ExecutorService keyThread =
              Executors.newSingleThreadExecutor(task -> new Thread(task, "talea-opener-keys"));
          Executor beside = openers > 1 ? keyThread : Runnable::run;
          try {
            for (int i = next.getAndIncrement(); i < names.size(); i = next.getAndIncrement()) {
              books.openExisting(names.get(i), beside);
            }
          } catch (Throwable e) {
            failed.compareAndSet(null, e);
            next.set(names.size());
          } finally {
            keyThread.shutdown();
          }
        };
    List<Thread> helpers = new ArrayList<>();
    for (int i = 1; i < Math.min(names.size(), openers); i++) {
      Thread helper = new Thread(opener, "talea-opener-" + i);
      helper.start();
      helpers.add(helper);
    }
    opener.run();
    helpers.forEach(LogLedgerStore::join);
    Throwable failure = failed.get();
    if (failure != null) {
      throw failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // half a ledger is none
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void logHealth(@Nullable String book, @Nullable Outage now) {
    String what = book == null ? "The ledger" : "Book '" + book + "'";
    if (now == null) {
      LOG.info("{} takes writes again", what);
    } else {
      LOG.warn("{} takes no writes ({}): {}", what, now.cause().label(), now.detail());
    }
  }

  @Override
  public String backend() {
    return "log";
  }

  @Override
  public CompletableFuture<Void> registerAsset(Asset asset) {
    checkWellFormed(DraftRules.check(asset));
    return write(
        () -> {
          Asset existing = registry.assets().find(asset.id());
          if (existing != null) {
            return answered(RegistryWriter.conflict(existing, asset));
          }
          RegisterRequest request = new RegisterRequest(asset);
          Log<RegisterRequest> log = registry.find();
          if (log != null) {
            submit(log, request, 1);
          } else {
            create(request, () -> submit(registry.findOrCreate(), request, 1));
          }
          return request.future;
        });
  }

  @Override
  public CompletableFuture<Void> openAccount(Account account) {
    checkWellFormed(DraftRules.check(account));
    return write(
        () -> {
          Asset asset = registry.assets().find(account.asset());
          if (asset == null) {
            return answered(new UnknownAsset(account.asset()));
          }
          OpenRequest request = new OpenRequest(account, asset.precision());
          String name = account.id().book();
          Book book = books.find(name);
          AccountEntry existing =
              book == null ? null : book.state().accounts.find(account.id().path());
          if (existing != null && existing.visible()) {
            return answered(BookWriter.conflict(existing.definition(), account));
          }
          if (book != null) {
            submit(book.log(), request, 1);
          } else {
            create(request, () -> submit(books.findOrCreate(name).log(), request, 1));
          }
          return request.future;
        });
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String name, List<TransactionDraft> drafts, boolean atomic) {
    for (TransactionDraft draft : drafts) {
      checkWellFormed(DraftRules.check(draft));
      if (!draft.book().equals(name)) {
        throw new IllegalArgumentException(
            "a draft for book '" + draft.book() + "' in a commit to book '" + name + "'");
      }
    }
    return write(
        () -> {
          if (drafts.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
          }
          Book book = books.find(name);
          if (book == null) {
            return CompletableFuture.completedFuture(unknownBook(name, drafts, atomic));
          }
          return submit(book, drafts, atomic);
        });
  }

  private CompletableFuture<List<PostResult>> submit(
      Book book, List<TransactionDraft> drafts, boolean atomic) {
    KeyHash hash = book.state().keys.hash();
    List<PreparedDraft> prepared = new ArrayList<>(drafts.size());
    long bytes = 0;
    for (TransactionDraft draft : drafts) {
      PreparedDraft one = PreparedDraft.of(draft, hash, book.state().accounts);
      prepared.add(one);
      bytes += one.bytesMax();
    }
    CommitRequest request = new CommitRequest(prepared, atomic);
    if (atomic && bytes > ATOMIC_BYTES_MAX) {
      request.decideAll(
          new InvalidDraft(
              "body",
              "an atomic batch of "
                  + bytes
                  + " bytes in the log; at most "
                  + ATOMIC_BYTES_MAX
                  + " are committed in one piece"));
      request.answer();
    } else {
      submit(book.log(), request, drafts.size());
    }
    return request.future;
  }

  /**
   * What gets past the rules into the log would be refused when the book is opened the next time,
   * and the book with it. So whoever does not come through {@code LedgerService} is stopped here.
   */
  private static void checkWellFormed(@Nullable LedgerError fault) {
    if (fault != null) {
      throw new IllegalArgumentException("not checked by DraftRules: " + fault);
    }
  }

  /** A book without accounts refuses every draft, and need not come into being for that. */
  private static List<PostResult> unknownBook(
      String book, List<TransactionDraft> drafts, boolean atomic) {
    List<PostResult> results = new ArrayList<>(drafts.size());
    for (TransactionDraft draft : drafts) {
      String path = (atomic ? drafts.get(0) : draft).postings().get(0).account();
      results.add(new PostResult.Refused(new UnknownAccount(new AccountId(book, path).key())));
    }
    return results;
  }

  private static CompletableFuture<Void> answered(@Nullable LedgerError error) {
    CompletableFuture<Void> future = new CompletableFuture<>();
    Request.settle(future, error);
    return future;
  }

  /** Runs the part of a write that is done on the caller's thread. */
  private static <T> CompletableFuture<T> write(Supplier<CompletableFuture<T>> write) {
    try {
      return write.get();
    } catch (LedgerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <R extends Request<?>> void submit(Log<? super R> log, R request, int weight) {
    try {
      if (!log.submit(request, weight)) {
        request.future.completeExceptionally(
            new LedgerException(new Overloaded(Overloaded.Limit.WRITE_QUEUE)));
      }
    } catch (LogUnavailableException e) {
      request.refuse(e);
    }
  }

  /** Does, on the creator's thread, what may create a log; whatever happens answers the request. */
  private void create(Request<?> request, Runnable creation) {
    try {
      creator.execute(() -> createNow(request, creation));
    } catch (RejectedExecutionException e) {
      request.future.completeExceptionally(closedStore());
    }
  }

  private void createNow(Request<?> request, Runnable creation) {
    synchronized (lifecycle) {
      try {
        if (closed) {
          throw closedStore();
        }
        creation.run();
      } catch (LedgerException e) {
        request.future.completeExceptionally(e);
      } catch (LogException e) {
        LOG.warn("A log could not be created: {}", e.getMessage(), e);
        request.future.completeExceptionally(Request.unavailable(e));
      } catch (RuntimeException e) {
        LOG.error("Creating a log failed", e);
        request.future.completeExceptionally(e);
      }
    }
  }

  private static LedgerException closedStore() {
    return new LedgerException(new Unavailable("the ledger has been closed"));
  }

  @Override
  public BalanceView balance(AccountId account, @Nullable Instant asOf) {
    return read(() -> existing(account).reader().balance(account, asOf));
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

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return read(() -> books.transaction(txId));
  }

  @Override
  public TrialBalance trialBalance(String name, @Nullable Instant asOf) {
    return read(
        () -> {
          Book book = books.find(name);
          return book == null
              ? new TrialBalance(name, asOf, List.of())
              : book.reader().trialBalance(asOf);
        });
  }

  @Override
  public List<Event> events(String name, long afterSeq, int limit, int bytesMax) {
    return read(
        () -> {
          if (name.equals(RegistryBook.NAME)) {
            Log<RegisterRequest> log = registry.find();
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
          // A key without a UTF-8 form is nobody's, although its bytes may be somebody's.
          return book == null || found == null || !found.keyText().equals(idempotencyKey)
              ? null
              : PostedTransaction.view(name, found, book.state().accounts);
        });
  }

  /** Runs a read and puts what the log has to say about its files into the ledger's words. */
  private static <T extends @Nullable Object> T read(Supplier<T> read) {
    try {
      return read.get();
    } catch (LogException e) {
      LOG.error("A read failed: {}", e.getMessage(), e);
      throw Request.unavailable(e);
    } catch (BrokenRecordException e) {
      LOG.error("A read met a record that cannot be: {}", e.getMessage(), e);
      throw new LedgerException(new Unavailable(String.valueOf(e.getMessage())), e);
    }
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return watches.add(book, onAdvance);
  }

  @Override
  public StoreHealth health() {
    return health;
  }

  @Override
  public @Nullable Outage check() {
    Outage all = health.ofStore();
    return all != null ? all : books.allDown(health);
  }

  @Override
  public void acceptClock() {}

  @Override
  public void close() {
    synchronized (closing) {
      synchronized (lifecycle) {
        if (closed) {
          return;
        }
        closed = true; // from here on, nothing is created
      }
      upkeep.finish();
      directory.close();
    }
  }
}
