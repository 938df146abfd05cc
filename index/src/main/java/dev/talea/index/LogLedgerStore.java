// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.keys.KeyHash;
import dev.talea.index.tree.BookTree;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.HealthLines;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerError.UnknownAsset;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Outage;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.Watches;
import dev.talea.ledger.rules.DefinitionRules;
import dev.talea.ledger.rules.GroupRules;
import dev.talea.log.CommitHandler;
import dev.talea.log.Log;
import dev.talea.log.LogEnvironment;
import dev.talea.log.LogException;
import dev.talea.log.LogObserver;
import dev.talea.log.LogReader;
import dev.talea.log.LogSettings;
import dev.talea.log.LogUnavailableException;
import dev.talea.log.Logs;
import dev.talea.log.TreeHead;
import dev.talea.log.disk.LogFiles;
import dev.talea.log.disk.NioDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
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

  /** A draft that waits is held as it came and as it will lie in the log. */
  private static final long HELD_PER_BYTE = 2;

  private static final long BACKGROUND_IDLE_SECONDS = 5;

  /** How often it is tried whether a book takes writes again. */
  private static final long MENDED_EVERY_NANOS = 1_000_000_000L;

  private final Logs logs;
  private final LongSupplier nanos;
  private final StoreClock clock;
  private final StoreHealth health;
  private final RegistryBook registry;
  private final Books books;
  private final LogReads reads;
  private final Executor creator;
  private final EveryMinute creationFailures;
  private final Maintenance maintenance;
  private final HealthLines healthLines;
  private final LostAssets lostAssets;

  /** Logs that are no books, by name. */
  private final Map<String, LogReader> beside = new ConcurrentHashMap<>();

  /** Held while logs are opened or created; guards {@link #closed}. */
  private final Object lifecycle = new Object();

  /** Held while the store is being closed: a caller of close returns when it is. */
  private final Object closing = new Object();

  private boolean closed;

  /** When books were last looked after that take no writes. */
  private final AtomicLong lastMended;

  private LogLedgerStore(
      Logs logs,
      Maintenance maintenance,
      LongSupplier nanos,
      StoreClock clock,
      StoreHealth health,
      HealthLines lines,
      Executor creator,
      Executor teller) {
    this.logs = logs;
    this.nanos = nanos;
    this.clock = clock;
    this.health = health;
    Watches watches = new Watches(LogLedgerStore::logWatcher);
    Notices notices = new Notices(watches, teller);
    this.registry = new RegistryBook(logs, health, notices, clock);
    this.books = new Books(logs, maintenance, health, notices, clock, new EveryMinute(nanos));
    this.reads = new LogReads(registry, books, health, watches, clock, nanos);
    this.healthLines = lines;
    this.creator = creator;
    this.maintenance = maintenance;
    this.lostAssets = new LostAssets(registry, books);
    this.lastMended = new AtomicLong(nanos.getAsLong());
    this.creationFailures = new EveryMinute(nanos);
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
   * Whether {@link #open(Path, LogStoreSettings)} would find a ledger in this directory, and not
   * begin one. Takes no lock and changes nothing.
   */
  public static boolean exists(Path directory) {
    return new LogFiles(directory, new NioDisk()).isThere();
  }

  /**
   * As {@link #open(Path, LogStoreSettings)}, telling of every sync.
   *
   * @param observer called on writer threads; for metrics
   */
  public static LogLedgerStore open(
      Path directory, LogStoreSettings settings, LogObserver observer) {
    return open(
        in(directory, settings.log()),
        settings,
        SystemLogEnvironment.create().withObserver(observer),
        threadOnDemand("talea-book-creator"),
        threadOnDemand("talea-maintenance"),
        threadOnDemand("talea-notices"),
        SystemSinceBoot.clock()::micros,
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
    return open(directory, settings.log(), settings, environment, background);
  }

  /** As above, with every limit of the logs in the caller's hands, on this thread. */
  static LogLedgerStore open(
      Path directory,
      LogSettings limits,
      LogStoreSettings settings,
      LogEnvironment environment,
      Executor background) {
    return open(in(directory, limits), settings, environment, background);
  }

  /**
   * As {@link #open(Path, LogStoreSettings, LogEnvironment, Executor)}, over logs that lie
   * elsewhere than in a directory of this machine; derived files lie where those logs say, on the
   * disk of the environment.
   *
   * @param place opens the logs; they are closed with the store. Gets the environment with the
   *     clock that commit times come from
   */
  public static LogLedgerStore open(
      Function<LogEnvironment, Logs> place,
      LogStoreSettings settings,
      LogEnvironment environment,
      Executor background) {
    LongSupplier nanos = environment.nanos();
    return open(
        place,
        settings,
        environment,
        background,
        background,
        background,
        () -> nanos.getAsLong() / 1000,
        1);
  }

  private static Function<LogEnvironment, Logs> in(Path directory, LogSettings limits) {
    return environment -> new LogFiles(directory, environment.disk()).open(limits, environment);
  }

  private static LogLedgerStore open(
      Function<LogEnvironment, Logs> place,
      LogStoreSettings settings,
      LogEnvironment environment,
      Executor creator,
      Executor maintenanceThread,
      Executor teller,
      LongSupplier sinceBootMicros,
      int openers) {
    HealthLines lines = new HealthLines(environment.nanos(), LogLedgerStore::logHealth);
    StoreHealth health = new StoreHealth(lines);
    StoreClock clock =
        new StoreClock(
            environment.clock(),
            environment.nanos(),
            sinceBootMicros,
            TimeUnit.NANOSECONDS.toMicros(settings.clockAheadMax().toNanos()),
            health);
    Logs logs = place.apply(environment.withClock(clock));
    boolean opened = false;
    try {
      Maintenance maintenance =
          new Maintenance(
              environment.disk(),
              maintenanceThread,
              settings.checkpointEvery(),
              settings.hotKeysMax());
      LogLedgerStore store =
          new LogLedgerStore(
              logs, maintenance, environment.nanos(), clock, health, lines, creator, teller);
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
      List<String> names = new ArrayList<>(logs.names());
      names.removeIf(DraftRules::isReserved); // the registry, and logs that others keep beside
      BookOpeners.openAll(books, names, openers);
    }
    lostAssets.look();
    clock.compareWith(newestCommit());
    LOG.info("Ledger in {} is open: {}", logs.path(), books);
  }

  /** When the newest commit of all books was made; 0 if there is none. */
  private long newestCommit() {
    long newest = 0;
    for (Book book : books.open()) {
      newest = Math.max(newest, book.log().durableTime());
    }
    return newest;
  }

  private static void logWatcher(String book, RuntimeException e) {
    LOG.error("A watcher of book '{}' failed on being told of an advance", book, e);
  }

  private static void logHealth(boolean worse, String text) {
    if (worse) {
      LOG.warn("{}", text);
    } else {
      LOG.info("{}", text);
    }
  }

  @Override
  public StoreReader reads() {
    return reads;
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
            return answered(DefinitionRules.again(existing, asset));
          }
          LedgerError held = lostAssets.heldOtherwise(asset);
          if (held != null) {
            return answered(held);
          }
          RegisterRequest request = new RegisterRequest(asset);
          Log<Request<Void>> log = registry.find();
          if (log != null) {
            submit(log, request, 1, 0);
          } else {
            create(request, () -> submit(registry.findOrCreate(), request, 1, 0));
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
            return answered(DefinitionRules.again(existing.definition(), account));
          }
          if (book != null) {
            submit(book.log(), request, 1, 0);
          } else {
            create(request, () -> submit(books.findOrCreate(name).log(), request, 1, 0));
          }
          return request.future;
        });
  }

  @Override
  public CompletableFuture<List<PostResult>> commit(
      String name, List<TransactionDraft> drafts, boolean atomic) {
    if (atomic) {
      checkWellFormed(GroupRules.checkKeys(drafts));
    }
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
            // It need not come into being in order to refuse.
            return CompletableFuture.completedFuture(GroupRules.commitToNoBook(drafts, atomic));
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
      submit(book.log(), request, drafts.size(), HELD_PER_BYTE * bytes);
    }
    return request.future;
  }

  /**
   * What gets past the rules into the log would be refused when the book is opened the next time,
   * and the book with it. So a caller that does not come through {@code LedgerService} is stopped
   * here.
   */
  private static void checkWellFormed(@Nullable LedgerError fault) {
    if (fault != null) {
      throw new IllegalArgumentException("not checked by DraftRules: " + fault);
    }
  }

  private static CompletableFuture<Void> answered(@Nullable LedgerError error) {
    CompletableFuture<Void> future = new CompletableFuture<>();
    Request.settle(future, error);
    return future;
  }

  /** Runs the part of a write that is done on the caller's thread. */
  private <T> CompletableFuture<T> write(Supplier<CompletableFuture<T>> write) {
    try {
      return write.get();
    } catch (LedgerException e) {
      mendSoon();
      return CompletableFuture.failedFuture(e);
    }
  }

  private <R extends Request<?>> void submit(
      Log<? super R> log, R request, int weight, long bytes) {
    try {
      if (!log.submit(request, weight, (int) Math.min(bytes, Integer.MAX_VALUE))) {
        request.future.completeExceptionally(
            new LedgerException(new Overloaded(Overloaded.Limit.WRITE_QUEUE)));
      }
    } catch (LogUnavailableException e) {
      request.refuse(e);
      mendSoon();
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
      } catch (RuntimeException | Error e) {
        Outage why = Troubles.known(e);
        if (why == null) {
          LOG.error("Creating a log failed", e);
          request.future.completeExceptionally(e);
        } else {
          // Of a book that does not exist: not for the health of the store, which a client could
          // fill with names.
          if (creationFailures.passes()) {
            LOG.warn("A log could not be created: {}", why.detail());
          }
          request.future.completeExceptionally(why.exception());
        }
        if (e instanceof OutOfMemoryError memory && Troubles.isHeap(memory)) {
          throw e;
        }
      }
    }
  }

  // ------------------------------------------------------------------ what heals

  /** Has it tried, in the background and not too often, whether books take writes again. */
  private void mendSoon() {
    long now = nanos.getAsLong();
    long before = lastMended.get();
    if (now - before < MENDED_EVERY_NANOS || !lastMended.compareAndSet(before, now)) {
      return;
    }
    try {
      creator.execute(this::mend);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      LOG.debug("Not now", e);
    }
  }

  /**
   * Opens again what can be opened again, and asks the writers of books that had no room whether
   * they have now. What has become of it stands in {@link #health}.
   */
  private void mend() {
    synchronized (lifecycle) {
      if (closed) {
        return;
      }
      registry.reopen();
      books.toReopen().forEach(books::reopen);
    }
    health
        .books()
        .forEach(
            (name, why) -> {
              if (Troubles.passes(why)) {
                probe(name);
              }
            });
  }

  private void probe(String name) {
    try {
      if (name.equals(RegistryBook.NAME)) {
        Log<Request<Void>> log = registry.find();
        if (log != null && log.failure() == null) {
          log.submit(new ProbeRequest(), 0);
        }
      } else {
        Book book = books.find(name);
        if (book != null && book.log().failure() == null) {
          book.log().submit(new ProbeRequest(), 0);
        }
      }
    } catch (LedgerException | LogUnavailableException e) {
      LOG.debug("Book '{}' still takes no writes", name, e);
    }
  }

  private static LedgerException closedStore() {
    return new LedgerException(new Unavailable("the ledger has been closed"));
  }

  /** For tests: what is behind the answers. */
  Books openBooks() {
    return books;
  }

  // ------------------------------------------------------------------ beside the books

  /**
   * The heads of all open books and of the registry: over everything that was acknowledged when
   * this was called, or a little more, and never over what is not. Books without records are left
   * out, and so are those that are closed. Waits for writers that are hashing.
   */
  public Map<String, TreeHead> heads() {
    List<Log<?>> logs = new ArrayList<>();
    List<CompletableFuture<Void>> hashed = new ArrayList<>();
    for (Book book : books.open()) {
      logs.add(book.log());
      hashed.add(HashedRequest.of(book.log()));
    }
    try {
      Log<Request<Void>> registered = registry.find();
      if (registered != null) {
        logs.add(registered);
        hashed.add(HashedRequest.of(registered));
      }
    } catch (LedgerException e) {
      LOG.debug("The registry is closed", e);
    }
    hashed.forEach(CompletableFuture::join);
    Map<String, TreeHead> heads = new HashMap<>();
    for (Log<?> log : logs) {
      TreeHead head = log.treeHead();
      if (head.size() > 0) {
        heads.put(log.name(), head);
      }
    }
    return heads;
  }

  /**
   * Opens a log that is no book and lies beside them, or creates it; it is closed with the store.
   * Its commit times come from the clock that the books' come from.
   *
   * @param name reserved, see {@link DraftRules#isReserved}, and not that of the registry
   * @throws LogException if it cannot be opened, or the store is closed
   */
  public <R> Log<R> openBeside(String name, Function<LogReader, CommitHandler<R>> handler) {
    if (!DraftRules.isReserved(name) || name.equals(RegistryBook.NAME)) {
      throw new IllegalArgumentException("'" + name + "' may be the name of a book");
    }
    synchronized (lifecycle) {
      if (closed) {
        throw LogUnavailableException.end(
            LogUnavailableException.Reason.CLOSED,
            false,
            "The ledger in " + logs.path() + " has been closed.",
            logs.path(),
            null);
      }
      Log<R> opened =
          logs.exists(name) ? logs.openLog(name, handler) : logs.createLog(name, handler);
      beside.put(name, opened);
      return opened;
    }
  }

  /**
   * Opens the hash tree of a book, of the registry, or of a log beside them as it was opened last;
   * null if there is none of that name. It is the caller's to close.
   */
  public @Nullable BookTree tree(String name) {
    LogReader log = beside.get(name);
    return log == null ? reads.tree(name) : books.tree(log);
  }

  @Override
  public @Nullable Outage check() {
    healthLines.catchUp();
    LogUnavailableException gone = logs.unavailable();
    if (gone != null) {
      Outage why = Troubles.known(gone);
      if (why != null && !Troubles.passes(why)) {
        health.down(why); // for good: the directory was exchanged
      }
      return why;
    }
    clock.micros(); // it may be right again, or wrong
    mendSoon();
    Outage all = health.ofStore();
    return all != null ? all : books.allDown(health);
  }

  @Override
  public void acceptClock() {
    clock.accept();
  }

  @Override
  public long clockBehindSeconds() {
    return clock.behindSeconds(newestCommit());
  }

  @Override
  public void close() {
    synchronized (closing) {
      synchronized (lifecycle) {
        if (closed) {
          return;
        }
        closed = true; // from here on, nothing is created
      }
      maintenance.finish();
      logs.close();
    }
  }
}
