// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerException;
import dev.talea.projections.EventSource;
import dev.talea.projections.ProjectionTarget;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to receivers, while this process holds the lease of all deliveries: one process
 * does, and others stand by. A receiver that is slow or gone holds up no other, and the ledger
 * waits for none.
 *
 * <p>Threads: one keeper, which never sends; a worker for each receiver that is being sent to, up
 * to a bound; callers.
 */
public final class WebhookEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookEngine.class);

  private static final long TICK_MILLIS = 100;

  /** What people have changed is looked for this often, and whether another's lease is over. */
  private static final long LOOK_AT_TABLES_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** What is under way has this long to end by itself when everything stops. */
  private static final long STOP_SECONDS = 2;

  private static final long IDLE_SECONDS = 10;

  /** Books of one receiver whose oldest event is looked at for how late it is. */
  private static final int LATE_BOOKS_MAX = 100;

  private final EventSource source;
  private final Settings settings;
  private final WebhookCatalog catalog;
  private final WebhookSender sender;
  private final Surroundings around;
  private final Map<String, WebhookLane> lanes = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor workers;
  private final Thread keeper;
  private final Host host = new Host();
  private final BlockingQueue<Boolean> nudges = new ArrayBlockingQueue<>(1);
  private final LongAdder delivered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile boolean stopping;
  private volatile boolean owned;

  /** Until when, by this process's clock, the lease holds at least. */
  private volatile long ownedUntilNanos;

  private volatile EventSource.@Nullable Watch watch;
  private volatile Counts counts = new Counts(0, 0, 0, 0, 0, 0, 0);
  private boolean tellOutage = true;

  /** The lease was not here a moment ago, and what others have sent meanwhile is not known. */
  private boolean lookAtAll;

  /** The keeper's: the number of the notice that it has seen last. */
  private long lastNotice;

  /**
   * How it goes about it.
   *
   * @param owner names this process to others, and differs from all of theirs
   * @param lease how long deliveries stay this process's without a sign of life
   * @param workers receivers that are sent to at a time
   * @param look how often books are looked at without a signal, as one may be missed
   * @param pageEvents events that are read at once at most
   * @param pageBytes of them in JSON, about
   */
  public record Settings(
      String owner, Duration lease, int workers, Duration look, int pageEvents, int pageBytes) {

    /** What serves well. */
    public static Settings of(String owner, Duration lease) {
      return new Settings(owner, lease, 16, Duration.ofSeconds(5), 100, 1 << 20);
    }
  }

  /**
   * What the machine gives.
   *
   * @param now the time of day, which retries wait by and receivers are told
   * @param nanoTime a clock for leases
   * @param chance between 0 and 1, to spread retries
   * @param ledgerKnown whether the tables are of the ledger that is followed; nothing is delivered
   *     before that, and nothing any more when it is found not to be so. Waits for nothing
   */
  public record Surroundings(
      Supplier<Instant> now,
      LongSupplier nanoTime,
      DoubleSupplier chance,
      BooleanSupplier ledgerKnown) {}

  /**
   * How deliveries of this process are doing.
   *
   * @param delivered attempts that receivers took, since the start
   * @param failed attempts that they did not
   * @param active receivers that are sent to; as all that follow, 0 in a process that stands by
   * @param retrying those of them whose last attempt has failed
   * @param paused receivers that wait for a person
   * @param lagEvents events and notices that are not behind the active receivers yet
   * @param lagSeconds age of the oldest of them
   */
  public record Counts(
      long delivered,
      long failed,
      int active,
      int retrying,
      int paused,
      long lagEvents,
      double lagSeconds) {}

  /**
   * Starts nothing yet.
   *
   * @param create whether tables that are missing are made
   * @param sender closed with this
   */
  public WebhookEngine(
      EventSource source,
      ProjectionTarget target,
      boolean create,
      WebhookSender sender,
      Settings settings,
      Surroundings around) {
    this.source = source;
    this.settings = settings;
    this.catalog = new WebhookCatalog(target, create);
    this.sender = sender;
    this.around = around;
    AtomicInteger numbers = new AtomicInteger();
    this.workers =
        new ThreadPoolExecutor(
            settings.workers,
            settings.workers,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            // Bounded by the number of receivers: each is in it once at most.
            new LinkedBlockingQueue<>(),
            task -> daemon(task, "talea-webhook-" + numbers.incrementAndGet()));
    workers.allowCoreThreadTimeOut(true);
    this.keeper = daemon(this::run, "talea-webhooks");
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** What lanes are told and may ask. */
  private final class Host implements WebhookLane.Host {
    @Override
    public Settings settings() {
      return settings;
    }

    @Override
    public WebhookCatalog catalog() {
      return catalog;
    }

    @Override
    public EventSource source() {
      return source;
    }

    @Override
    public WebhookSender sender() {
      return sender;
    }

    @Override
    public Instant now() {
      return around.now.get();
    }

    @Override
    public double chance() {
      return around.chance.getAsDouble();
    }

    @Override
    public long nanos() {
      return around.nanoTime.getAsLong();
    }

    @Override
    public void submit(Runnable task) {
      try {
        workers.execute(task);
      } catch (RejectedExecutionException e) {
        // Stopping.
      }
    }

    @Override
    public boolean owns() {
      return owned
          && around.ledgerKnown.getAsBoolean()
          && around.nanoTime.getAsLong() - ownedUntilNanos < 0;
    }

    @Override
    public boolean stopping() {
      return stopping;
    }

    @Override
    public void doubtLease() {
      owned = false;
      nudge();
    }

    @Override
    public void count(boolean taken) {
      (taken ? delivered : failed).increment();
    }
  }

  /** Starts the threads. A database that is out of reach is tried again. */
  public void start() {
    watch = source.watch(this::news);
    keeper.start();
  }

  /** Has it look at once for what people have changed. */
  public void nudge() {
    nudges.offer(true);
  }

  /** How it is doing. Waits for nothing. */
  public Counts counts() {
    Counts last = counts;
    return new Counts(
        delivered.sum(),
        failed.sum(),
        last.active,
        last.retrying,
        last.paused,
        last.lagEvents,
        last.lagSeconds);
  }

  private void news(String book) {
    if (owned) {
      lanes.values().forEach(lane -> lane.news(book));
    }
  }

  private void run() {
    long beat = around.nanoTime.getAsLong() - settings.lease.toNanos();
    long tables = beat;
    long looked = around.nanoTime.getAsLong() - settings.look.toNanos();
    while (true) {
      boolean nudged = pause();
      if (stopping) {
        return;
      }
      if (!around.ledgerKnown.getAsBoolean()) {
        continue;
      }
      long now = around.nanoTime.getAsLong();
      try {
        boolean look = nudged || now - tables >= LOOK_AT_TABLES_NANOS;
        if (owned ? now - beat >= settings.lease.toNanos() / 3 : look) {
          beat = now;
          keep(now);
        }
        if (look) {
          tables = now;
          if (owned) {
            lookAtReceivers();
          }
          tellOutage = true;
        }
        if (owned && now - looked >= settings.look.toNanos()) {
          looked = now;
          source.books().forEach(this::news);
          news(WebhookNotice.BOOK);
          countLag();
        }
      } catch (LedgerException e) {
        // Its source tells that it is away, once.
        LOG.debug("The ledger does not say what is new, and is asked again", e);
      } catch (SQLException | RuntimeException e) {
        if (tellOutage) {
          tellOutage = false;
          LOG.warn("Webhooks cannot be kept going at present, and are tried again", e);
        }
      }
    }
  }

  /** Waits for the next turn. Returns whether there is a reason to look around. */
  private boolean pause() {
    try {
      return nudges.poll(TICK_MILLIS, TimeUnit.MILLISECONDS) != null;
    } catch (InterruptedException e) {
      stopping = true;
      return false;
    }
  }

  private void keep(long now) throws SQLException {
    boolean mine =
        catalog.inTransaction(
            connection -> catalog.lease(connection, settings.owner, settings.lease));
    ownedUntilNanos = now + settings.lease.toNanos();
    if (mine && !owned) {
      // Lanes stay: one that is still at a delivery must not have another beside it.
      lookAtAll = true;
      owned = true;
      LOG.info("Webhooks are delivered here");
    } else if (!mine && owned) {
      LOG.warn("Webhooks are delivered by another process now");
      owned = false;
    }
    if (!mine) {
      counts = new Counts(0, 0, 0, 0, 0, 0, 0);
    }
  }

  private void lookAtReceivers() throws SQLException {
    List<WebhookCatalog.Row> rows = catalog.reading(catalog::all);
    Set<String> known = new HashSet<>();
    List<String> books = null;
    for (WebhookCatalog.Row row : rows) {
      String id = row.webhook().id();
      known.add(id);
      WebhookLane lane = lanes.computeIfAbsent(id, fresh -> new WebhookLane(host, row));
      boolean all = lookAtAll || lane.isNewOrChanged(row);
      if (all && books == null) {
        books = new ArrayList<>(source.books());
        books.add(WebhookNotice.BOOK);
      }
      lane.seen(row, all && books != null ? books : List.of());
    }
    lookAtAll = false;
    lanes.keySet().retainAll(known);
    count(rows);
    lookAtNotices(rows);
  }

  /** Nothing signals them: they may come from another process. */
  private void lookAtNotices(List<WebhookCatalog.Row> rows) throws SQLException {
    if (rows.stream().anyMatch(row -> !row.webhook().notices().isEmpty())) {
      long last = catalog.reading(catalog::lastNotice);
      if (last != lastNotice) {
        lastNotice = last;
        news(WebhookNotice.BOOK);
      }
    }
  }

  private void count(List<WebhookCatalog.Row> rows) {
    int active = 0;
    int retrying = 0;
    for (WebhookCatalog.Row row : rows) {
      if (row.webhook().active()) {
        active++;
        retrying += row.webhook().attempts() > 0 ? 1 : 0;
      }
    }
    Counts last = counts;
    counts =
        new Counts(0, 0, active, retrying, rows.size() - active, last.lagEvents, last.lagSeconds);
  }

  private void countLag() throws SQLException {
    long events = 0;
    double seconds = 0;
    List<String> books = lanes.isEmpty() ? List.of() : source.books();
    long notices = lanes.isEmpty() ? 0 : catalog.reading(catalog::lastNotice);
    for (WebhookLane lane : lanes.values()) {
      Webhook webhook = lane.seen().webhook();
      if (!webhook.active()) {
        continue;
      }
      Map<String, Long> positions =
          catalog.reading(connection -> catalog.positions(connection, webhook.id()));
      List<String> late = new ArrayList<>();
      for (String book : books) {
        long left =
            webhook.selection().wantsBook(book)
                ? source.lastSeq(book) - positions.getOrDefault(book, 0L)
                : 0;
        if (left > 0) {
          events += left;
          late.add(book);
        }
      }
      for (String book : late.subList(0, Math.min(late.size(), LATE_BOOKS_MAX))) {
        seconds = Math.max(seconds, age(book, positions.getOrDefault(book, 0L)));
      }
      long told = positions.getOrDefault(WebhookNotice.BOOK, 0L);
      if (!webhook.notices().isEmpty() && told < notices) {
        events += notices - told;
        seconds = Math.max(seconds, ageOfNotice(told));
      }
    }
    Counts last = counts;
    counts = new Counts(0, 0, last.active, last.retrying, last.paused, events, seconds);
  }

  private double age(String book, long seq) {
    try {
      List<Event> events = source.events(book, seq, 1, 1);
      return events.isEmpty() ? 0 : secondsSince(events.get(0).at());
    } catch (LedgerException e) {
      return 0;
    }
  }

  private double ageOfNotice(long number) throws SQLException {
    List<WebhookNotice> next =
        catalog.reading(connection -> catalog.notices(connection, number, 1));
    return next.isEmpty() ? 0 : secondsSince(next.get(0).at());
  }

  private double secondsSince(Instant at) {
    return Math.max(0, Duration.between(at, around.now.get()).toNanos() / 1_000_000_000.0);
  }

  /**
   * Lets what is under way end, for a moment, breaks off the rest, which is delivered again by the
   * next, and lets go of the lease. Idempotent.
   */
  @Override
  public synchronized void close() {
    if (stopping) {
      return;
    }
    stopping = true;
    nudge();
    EventSource.Watch watching = watch;
    if (watching != null) {
      watching.close();
    }
    workers.shutdown();
    boolean interrupted = false;
    try {
      if (!workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        sender.close();
        workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      }
      keeper.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    sender.close();
    if (owned) {
      try {
        catalog.inTransaction(
            connection -> {
              catalog.release(connection, settings.owner);
              return true;
            });
      } catch (SQLException e) {
        LOG.info("The lease of webhooks runs out by itself: {}", e.toString());
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
