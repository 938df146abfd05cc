// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.ProjectionApi;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.projections.ProjectionCatalog.Purpose;
import dev.talea.projections.ProjectionCatalog.Registered;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs projections: keeps the leases of those it can have, and has workers apply what their books
 * bring. A failure of one book of one projection holds up nothing else, and none ends the process.
 *
 * <p>Threads: one keeper, which never applies; the workers, which apply; callers. The ledger waits
 * for none of them.
 */
public final class ProjectionEngine implements ProjectionApi, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProjectionEngine.class);
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,40}");
  private static final long TICK_MILLIS = 100;

  /** Others are looked after this often: whether a lease has run out, what has been asked for. */
  private static final long LOOK_AT_OTHERS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long STOP_SECONDS = 30;

  /** Requests that wait for a position at a time. */
  private static final int WAITING_MAX = 1024;

  /** So long after their time at most they are answered. */
  private static final long ANSWER_MILLIS = 500;

  private final EventSource source;
  private final ProjectionTarget target;
  private final EngineSettings settings;
  private final ProjectionCatalog catalog;
  private final LongSupplier nanoTime;
  private final DoubleSupplier chance;
  private final Supplier<Instant> now;
  private final Map<String, Runner> runners = new LinkedHashMap<>();
  private final ThreadPoolExecutor workers;
  private final Thread keeper;
  private boolean keeperStarted;
  private final List<Waiting> waiting = new CopyOnWriteArrayList<>();

  /** Has the keeper look at once. */
  private final BlockingQueue<Boolean> nudges = new ArrayBlockingQueue<>(1);

  private volatile boolean stopping;

  /** Projections run here; else only those who wait for positions are answered. */
  private volatile boolean running;

  private volatile boolean mayCreate = true;

  private volatile EventSource.@Nullable Watch watch;
  private volatile boolean tellOutage = true;

  /** The tables say which ledger they are of, and it is this one. */
  private volatile boolean ledgerKnown;

  /** The ledger has answered, so that its events may be applied: they are of no other. */
  private volatile boolean ledgerAnswered;

  /** Why it does not run, and will not until a person has mended it. */
  private volatile @Nullable ProjectionException fault;

  /** One who waits until a projection has come to a seq. */
  private record Waiting(
      String projection, String book, long seq, long untilNanos, CompletableFuture<Long> reached) {}

  /**
   * Starts nothing yet.
   *
   * @param projections with different names
   * @param nanoTime a clock for pauses
   * @param chance between 0 and 1, to spread retries
   * @param now the time of day, which says how old what lags behind is
   * @throws ProjectionException if one cannot be run as it is
   */
  public ProjectionEngine(
      EventSource source,
      ProjectionTarget target,
      List<Projection> projections,
      EngineSettings settings,
      LongSupplier nanoTime,
      DoubleSupplier chance,
      Supplier<Instant> now) {
    this.source = source;
    this.target = target;
    this.settings = settings;
    this.catalog = new ProjectionCatalog(target.dialect());
    this.nanoTime = nanoTime;
    this.chance = chance;
    this.now = now;
    Host host = new Host();
    for (Projection projection : projections) {
      if (!NAME.matcher(projection.name()).matches() || projection.version() < 1) {
        throw new ProjectionException(
            "A projection is called '%s' and has version %d; names are %s, and versions begin at 1."
                .formatted(projection.name(), projection.version(), NAME));
      }
      if (runners.put(projection.name(), new Runner(host, projection)) != null) {
        throw new ProjectionException(
            "There are two projections with the name '" + projection.name() + "'.");
      }
    }
    AtomicInteger numbers = new AtomicInteger();
    this.workers =
        new ThreadPoolExecutor(
            settings.workers(),
            settings.workers(),
            0,
            TimeUnit.SECONDS,
            // Bounded by the number of lanes: each is in it once at most.
            new LinkedBlockingQueue<>(),
            task -> daemon(task, "talea-projection-" + numbers.incrementAndGet()));
    this.keeper = daemon(this::run, "talea-projections");
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** What runners are told and may ask. */
  private final class Host implements Runner.Host {
    @Override
    public EngineSettings settings() {
      return settings;
    }

    @Override
    public EventSource source() {
      return source;
    }

    @Override
    public ProjectionTarget target() {
      return target;
    }

    @Override
    public ProjectionCatalog catalog() {
      return catalog;
    }

    @Override
    public boolean mayCreate() {
      return mayCreate;
    }

    @Override
    public boolean submit(Runnable task) {
      try {
        workers.execute(task);
        return true;
      } catch (RejectedExecutionException e) {
        return false; // stopping
      }
    }

    @Override
    public long nanoTime() {
      return nanoTime.getAsLong();
    }

    @Override
    public long afterPause(int failures) {
      long doubled = settings.backoffMin().toNanos() << Math.min(failures - 1, 20);
      long most = Math.min(doubled, settings.backoffMax().toNanos());
      return nanoTime.getAsLong() + (long) (most * (0.5 + chance.getAsDouble() / 2));
    }

    @Override
    public void advanced(String projection, String book, long seq) {
      List<Waiting> reached =
          waiting.stream()
              .filter(
                  one ->
                      one.projection.equals(projection) && one.book.equals(book) && one.seq <= seq)
              .toList();
      waiting.removeAll(reached);
      reached.forEach(one -> one.reached.complete(seq));
    }
  }

  /**
   * Makes the tables that are missing and starts the threads.
   *
   * @throws ProjectionException if a projection cannot be run beside what is there
   * @throws TargetException if the target is out of reach, or refuses
   */
  public void start() {
    start(true);
  }

  /**
   * As above; after a {@link TargetException} it may be called again.
   *
   * @param create false: tables that are missing are a reason to refuse, and none are made, now or
   *     for a rebuild or a verification
   */
  public void start(boolean create) {
    mayCreate = create;
    change(
        connection -> {
          if (create) {
            catalog.create(connection);
            connection.commit();
          } else {
            for (Runner runner : runners.values()) {
              runner.builds().requireTables(connection);
            }
          }
          checkLedger(connection);
          for (Runner runner : runners.values()) {
            runner.builds().register(connection);
            connection.commit();
          }
        });
    watch = source.watch(this::news);
    running = true;
    startKeeper();
  }

  private synchronized void startKeeper() {
    if (!keeperStarted && !stopping) {
      keeperStarted = true;
      keeper.start();
    }
  }

  /** The tables are of one ledger, which is known by its first event. */
  private void checkLedger(Connection connection) throws SQLException {
    List<Event> first;
    try {
      first = source.events(DraftRules.SYSTEM_BOOK, 0, 1, 1);
    } catch (LedgerException e) {
      return; // it does not answer now, and is asked again before anything is applied
    }
    String ledger = first.isEmpty() ? "" : inWords(first.get(0));
    String known = catalog.ledger(connection);
    if (known == null) {
      if (first.isEmpty()) {
        ledgerAnswered = true;
        return; // it will have a name when it has an event
      }
      catalog.setLedger(connection, ledger);
      connection.commit();
    } else if (!known.equals(ledger)) {
      throw new ProjectionException(
          "The projections in %s are of another ledger, which begins with %s; this one %s. Name"
                  .formatted(target, known, ledger.isEmpty() ? "is empty" : "begins with " + ledger)
              + " another target, or remove what is there.");
    }
    ledgerKnown = true;
    ledgerAnswered = true;
  }

  private static String inWords(Event event) {
    return switch (event.payload().kind()) {
      case ASSET_REGISTERED ->
          "asset '%s', registered at %s"
              .formatted(((Event.AssetRegistered) event.payload()).asset().id(), event.at());
      case ACCOUNT_OPENED ->
          "account '%s', opened at %s"
              .formatted(((Event.AccountOpened) event.payload()).account().id(), event.at());
      case TRANSACTION_POSTED ->
          "transaction %s, posted at %s"
              .formatted(((Event.TransactionPosted) event.payload()).id(), event.at());
    };
  }

  /**
   * Whether the tables are of the ledger that is followed, as far as that is known: false until it
   * has answered, and when it is found to be another. Waits for nothing.
   */
  public boolean isOfThisLedger() {
    return running && ledgerAnswered;
  }

  private void news(String book) {
    runners.values().forEach(runner -> runner.news(book));
  }

  private void run() {
    long beat = nanoTime.getAsLong() - settings.lease().toNanos();
    long looked = nanoTime.getAsLong() - settings.look().toNanos();
    long others = beat;
    while (pause()) {
      long now = nanoTime.getAsLong();
      try {
        if (running && now - beat >= settings.lease().toNanos() / 3) {
          beat = now;
          keep(true);
        }
        if (running && now - others >= LOOK_AT_OTHERS_NANOS) {
          others = now;
          if (!ledgerKnown) {
            change(this::checkLedger);
          }
          if (ledgerAnswered) {
            keep(false);
          }
          lookAround();
        }
        if (running && now - looked >= settings.look().toNanos()) {
          looked = now;
          source.books().forEach(this::news);
        }
        runners.values().forEach(runner -> runner.wakeThoseDue(now));
        tellOutage = !advanceBuilds();
      } catch (ProjectionException e) {
        fault = e;
        running = false;
      } catch (SQLException | RuntimeException e) {
        tellOutage(e);
      }
      answerThoseWaiting(now);
    }
  }

  /** What one cannot do the others can. Returns whether one could not. */
  private boolean advanceBuilds() {
    boolean failed = false;
    for (Runner runner : runners.values()) {
      try {
        runner.advanceBuilds();
      } catch (SQLException | RuntimeException e) {
        tellOutage(e);
        failed = true;
      }
    }
    return failed;
  }

  private void tellOutage(Exception e) {
    if (e instanceof LedgerException) {
      return; // its source tells that it is away, once
    }
    if (tellOutage) {
      tellOutage = false;
      LOG.warn("Projections cannot be kept going at present, and are tried again", e);
    }
  }

  /** Waits for the next turn. Returns whether there is one. */
  private boolean pause() {
    try {
      nudges.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
      return !stopping;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void keep(boolean owned) throws SQLException {
    for (Runner runner : runners.values()) {
      if (runner.owned() == owned) {
        runner.keep();
        if (!owned && runner.owned()) {
          source.books().forEach(runner::news);
        }
      }
    }
  }

  private void lookAround() throws SQLException {
    for (Runner runner : runners.values()) {
      if (runner.owned()) {
        runner.look();
      }
    }
  }

  private void answerThoseWaiting(long now) {
    if (waiting.isEmpty()) {
      return;
    }
    // Asked once for all that wait for the same, as each question may take its time.
    Map<String, Asked> asked = new HashMap<>();
    List<Waiting> over = new ArrayList<>();
    for (Waiting one : waiting) {
      Asked known = asked.computeIfAbsent(one.projection, this::asked);
      long is = known.positions.getOrDefault(one.book, 0L);
      boolean late = now - one.untilNanos >= 0;
      if (late && known.failure != null) {
        over.add(one);
        one.reached.completeExceptionally(known.failure);
      } else if (late || is >= one.seq) {
        over.add(one);
        one.reached.complete(is);
      }
    }
    waiting.removeAll(over);
  }

  /** Where a projection is in its books, or why that is not known. */
  private record Asked(Map<String, Long> positions, @Nullable RuntimeException failure) {}

  private Asked asked(String name) {
    try {
      return new Asked(positions(name), null);
    } catch (SQLException e) {
      return new Asked(Map.of(), new TargetException(target, e));
    } catch (RuntimeException e) {
      return new Asked(Map.of(), e);
    }
  }

  private Map<String, Long> positions(String name) throws SQLException {
    Map<String, Long> positions = new HashMap<>();
    Runner runner = runners.get(name);
    Runner.BuildRun build = runner == null ? null : runner.current();
    if (runner != null && runner.owned() && build != null) {
      build.lanes().forEach((book, lane) -> positions.put(book, lane.position().seq()));
      return positions;
    }
    try (Connection connection = target.read()) {
      Registered known = catalog.registered(connection, name);
      if (known != null) {
        catalog
            .positions(connection, name, known.generation())
            .forEach((book, position) -> positions.put(book, position.seq()));
      }
      return positions;
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>In whichever process it runs; also where none has been started. Asks the target once before
   * it returns. Fails with {@link RejectedExecutionException} if too many wait, and with {@link
   * TargetException} if the target does not answer in time.
   */
  @Override
  public CompletableFuture<Long> await(String name, String book, long seq, Duration most) {
    CompletableFuture<Long> reached = new CompletableFuture<>();
    if (waiting.size() >= WAITING_MAX) {
      reached.completeExceptionally(new RejectedExecutionException("too many wait already"));
      return reached;
    }
    Waiting one = new Waiting(name, book, seq, nanoTime.getAsLong() + most.toNanos(), reached);
    waiting.add(one);
    try {
      long now = positions(name).getOrDefault(book, 0L);
      if (now >= seq || most.isZero()) {
        waiting.remove(one);
        reached.complete(now);
      }
    } catch (SQLException e) {
      waiting.remove(one);
      reached.completeExceptionally(new TargetException(target, e));
    }
    startKeeper();
    // The keeper answers in time, unless it waits for the target itself.
    return reached
        .orTimeout(most.toMillis() + ANSWER_MILLIS, TimeUnit.MILLISECONDS)
        .exceptionallyCompose(
            e -> {
              waiting.remove(one);
              return CompletableFuture.failedFuture(
                  e instanceof TimeoutException
                      ? new TargetException(target, new SQLTimeoutException("it does not answer"))
                      : e);
            });
  }

  /**
   * How all registered projections are doing.
   *
   * @throws TargetException if the target is out of reach
   */
  public List<ProjectionStatus> status() {
    List<ProjectionStatus> all = new ArrayList<>();
    List<String> books = source.books();
    try (Connection connection = target.read()) {
      for (Runner runner : runners.values()) {
        all.add(StatusReader.of(connection, catalog, source, books, runner, now.get()));
      }
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
    return all;
  }

  /** {@link #status} at this moment, which is asked for before it returns. */
  @Override
  public CompletableFuture<List<ProjectionStatus>> projections() {
    try {
      return CompletableFuture.completedFuture(status());
    } catch (TargetException | LedgerException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Why nothing runs here any more, found out after the start: the ledger that answers is another
   * than that of the tables. Null while it runs.
   */
  public @Nullable ProjectionException fault() {
    return fault;
  }

  /** Lets a projection go on that stands still, in one book or in all of them. */
  public void retry(String name, @Nullable String book) {
    change(connection -> catalog.retry(connection, name, book));
  }

  /**
   * Passes over an event for good, in this build and those to come.
   *
   * @param why for those who come after
   * @param by who has decided
   */
  public void skip(String name, String book, long seq, String why, String by) {
    change(
        connection -> {
          catalog.addSkip(connection, name, book, seq, why, by);
          catalog.retry(connection, name, book);
        });
  }

  /** Has it built anew beside the rows that are read, which it then replaces. */
  public void rebuild(String name) {
    request(name, Purpose.READ);
  }

  /** Has its rows computed again from the events and compared; its status tells. */
  public void verify(String name) {
    request(name, Purpose.CHECK);
  }

  private void request(String name, Purpose purpose) {
    Runner runner = known(name);
    if (!mayCreate) {
      throw ProjectionException.noTables(
          "Projection '%s' is not %s: that takes tables beside those that are read, and none are"
                  .formatted(name, purpose == Purpose.READ ? "rebuilt" : "verified")
              + " to be made.");
    }
    change(connection -> runner.builds().request(connection, purpose));
  }

  private Runner known(String name) {
    Runner runner = runners.get(name);
    if (runner == null) {
      throw new ProjectionException("There is no projection '" + name + "' here.");
    }
    return runner;
  }

  /** What the last {@link #verify} has found: {@code right}, or a difference; null if not over. */
  @Nullable String verdict(String name) {
    try (Connection connection = target.read()) {
      return Builds.lastVerified(catalog.builds(connection, name));
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
  }

  /**
   * Removes its tables, positions and skips. This process does not run it any more; another that
   * does lets go of it within a lease. The next start begins it anew.
   */
  public void drop(String name) {
    try {
      known(name).drop();
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
  }

  private interface Change {
    void make(Connection connection) throws SQLException;
  }

  private void change(Change change) {
    try (Connection connection = target.write()) {
      change.make(connection);
      connection.commit();
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
    nudges.offer(true);
  }

  /** Ends what is under way, lets go of the leases, and stops the threads. Idempotent. */
  @Override
  public synchronized void close() {
    if (stopping) {
      return;
    }
    stopping = true;
    nudges.offer(true);
    EventSource.Watch watching = watch;
    if (watching != null) {
      watching.close();
    }
    boolean interrupted = false;
    try {
      keeper.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    for (Runner runner : runners.values()) {
      try {
        if (runner.owned()) {
          runner.release();
        }
      } catch (SQLException e) {
        LOG.info("The lease of projection {} runs out by itself: {}", runner.name(), e.toString());
      }
    }
    interrupted |= stop(workers);
    waiting.forEach(one -> one.reached.complete(0L));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean stop(ExecutorService workers) {
    workers.shutdownNow();
    try {
      workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }
}
