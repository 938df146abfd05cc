package dev.talea.server;

import dev.talea.ledger.LedgerService;
import dev.talea.ledger.Store;
import dev.talea.net.BindFailedException;
import dev.talea.net.HttpHandler;
import dev.talea.net.HttpServer;
import dev.talea.net.HttpServerSettings;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code talead}, running: puts the parts together, starts them from the disk up, and stops them in
 * the opposite order.
 *
 * <p>Any thread may call; starting and stopping block.
 */
public final class Daemon {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private static final Duration READINESS_FRESH = Duration.ofSeconds(1);

  /** Probes commonly wait for as long. */
  private static final Duration READINESS_PATIENCE = Duration.ofMillis(900);

  private final Settings settings;
  private final Store store;
  private final Readers readers;
  private final Parsers parsers = Parsers.forThisMachine();
  private final Readers readinessThread = new Readers("talea-readiness", 1);
  private final Readiness readiness;
  private final Metrics metrics;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final HttpServer http;
  private final @Nullable HttpServer metricsListener;
  private volatile boolean stoppedCleanly;

  private Daemon(Settings settings, Tokens tokens, Store store, Metrics metrics) {
    this.settings = settings;
    this.readers = new Readers(Stores.readerThreads(settings));
    this.metrics = metrics;
    this.store = new MeteredStore(store, metrics, SystemSurroundings::nanos);
    this.readiness =
        new Readiness(
            this.store,
            settings.is(Setting.READY, "strict"),
            readinessThread,
            SystemSurroundings::nanos,
            READINESS_FRESH,
            READINESS_PATIENCE);
    metrics.healthIs(store.health(), store::clockBehindSeconds);
    RequestIds ids = new RequestIds(SystemSurroundings.randomLong());
    Answers answers = new Answers(ids);
    this.metricsListener = startMetrics(ids, answers);
    boolean started = false;
    try {
      this.http = startHttp(tokens, ids, answers);
      started = true;
    } finally {
      if (!started && metricsListener != null) {
        metricsListener.close(Duration.ZERO);
      }
    }
  }

  /**
   * Opens the ledger and serves it.
   *
   * @throws StartException with what a person has to mend; nothing is left open then
   */
  public static Daemon start(Settings settings) {
    Tokens tokens = Tokens.of(settings);
    // Looked up before the ledger is opened: a wrong address should not cost a recovery.
    settings.bind().resolve(Setting.BIND);
    Metrics metrics = new Metrics();
    return start(settings, tokens, Stores.open(settings, metrics), metrics);
  }

  /** As {@link #start(Settings)} over a store that is open already; stopping closes it. */
  static Daemon start(Settings settings, Store store) {
    return start(settings, Tokens.of(settings), store, new Metrics());
  }

  private static Daemon start(Settings settings, Tokens tokens, Store store, Metrics metrics) {
    boolean started = false;
    try {
      Daemon daemon = new Daemon(settings, tokens, store, metrics);
      started = true;
      daemon.announce(tokens);
      return daemon;
    } finally {
      if (!started) {
        store.close();
      }
    }
  }

  private @Nullable HttpServer startMetrics(RequestIds ids, Answers answers) {
    HostPort bind = settings.metricsBind();
    if (bind == null) {
      return null;
    }
    metrics.includeVirtualMachine();
    HttpServerSettings listener =
        HttpServerSettings.builder()
            .bind(bind.resolve(Setting.METRICS_BIND))
            .eventLoops(1)
            .threadName("talea-metrics")
            .build();
    return listen(Setting.METRICS_BIND, listener, new MetricsFront(metrics, ids), answers);
  }

  private HttpServer startHttp(Tokens tokens, RequestIds ids, Answers answers) {
    Settings.Timing timing = settings.timing();
    Executor balanceReaders = Stores.hasBalancesAtHand(settings.dbUrl()) ? Runnable::run : readers;
    LedgerService ledger = new LedgerService(store, readers, balanceReaders);
    Routes routes =
        new Routes(
            new WriteEndpoints(ledger, (int) settings.number(Setting.HTTP_BATCH_MAX)),
            new ReadEndpoints(ledger),
            new ListEndpoints(
                ledger,
                new StreamEndpoint(
                    store, readers, timing.heartbeat(), SystemSurroundings::nanos, metrics)),
            new DocsEndpoint(parsers),
            new OperatorEndpoints(store, readiness, stopping::get),
            store.backend());
    HttpFront front =
        new HttpFront(
            routes.router(),
            new Admission(
                (int) settings.number(Setting.MAX_INFLIGHT), Admission.bodyBytesForThisHeap()),
            parsers,
            tokens,
            ids,
            metrics,
            SystemSurroundings::nanos);
    HttpServerSettings listener =
        HttpServerSettings.builder()
            .bind(settings.bind().resolve(Setting.BIND))
            .requestDeadline(timing.requestDeadline())
            .doorTargets("/livez")
            .build();
    return listen(Setting.BIND, listener, front, answers);
  }

  private static HttpServer listen(
      Setting setting, HttpServerSettings listener, HttpHandler handler, Answers answers) {
    try {
      return HttpServer.start(listener, handler, answers);
    } catch (BindFailedException e) {
      throw new StartException(setting.variable() + ": " + e.getMessage(), e);
    }
  }

  private void announce(Tokens tokens) {
    settings.unknownInWords().forEach(LOG::warn);
    settings.warnings().forEach(LOG::warn);
    tokens.warnings().forEach(LOG::warn);
    if (tokens.isOpen()) {
      LOG.warn(
          "OPEN MODE: neither TALEA_API_TOKEN nor TALEA_TOKENS_FILE is set, so every client that"
              + " reaches {} may read and write every book",
          spelled(http.address()));
    }
    LOG.info(
        "serving {} with the {} store on {}",
        settings.dbUrl(),
        store.backend(),
        spelled(http.address()));
    if (metricsListener != null) {
      LOG.info("metrics on {}", spelled(metricsListener.address()));
    }
  }

  /** An address as a person writes it. */
  private static String spelled(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return new HostPort(host, address.getPort()).toString();
  }

  /** Where HTTP is served; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** Where metrics are served; null for nowhere. */
  public @Nullable InetSocketAddress metricsAddress() {
    return metricsListener == null ? null : metricsListener.address();
  }

  /** Whether every client may do everything, because there are no tokens. */
  public boolean isOpenMode() {
    return settings.apiToken() == null && settings.tokensFile() == null;
  }

  /**
   * Stops: accepts no more, answers what is in flight, ends the streams, syncs, lets go of the
   * ledger's lock. Takes about twice the grace of the settings at most; who is still busy then is
   * left behind, and what was not acknowledged is not promised. Idempotent: a second caller waits
   * for the first.
   *
   * @return true if every request got an answer and the ledger is closed
   */
  public boolean stop() {
    if (stopping.compareAndSet(false, true)) {
      try {
        stoppedCleanly = stopNow();
      } finally {
        stopped.countDown();
      }
    } else {
      awaitStop();
    }
    return stoppedCleanly;
  }

  /** Waits until it has been stopped. */
  public void awaitStop() {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopNow() {
    Duration grace = settings.timing().stopGrace();
    LOG.info("stopping: answering what is in flight, for up to {} s", grace.toSeconds());
    boolean answered = http.close(grace);
    boolean closed = closeStore(grace);
    if (metricsListener != null) {
      metricsListener.close(Duration.ofMillis(100));
    }
    LOG.info(
        "stopped{}{}",
        answered ? "" : "; some requests were cut off",
        closed ? "" : "; the ledger did not close in time and will be recovered at the next start");
    return answered && closed;
  }

  /** On a thread of its own, so that a disk that hangs does not hang the stop. */
  private boolean closeStore(Duration grace) {
    CountDownLatch done = new CountDownLatch(1);
    Deque<Throwable> failures = new ArrayDeque<>(1);
    Thread closer =
        new Thread(
            () -> {
              try {
                parsers.close();
                readers.close(grace);
                readinessThread.close(Duration.ZERO);
                store.close();
              } catch (RuntimeException | Error e) {
                failures.add(e);
              } finally {
                done.countDown();
              }
            },
            "talea-closer");
    closer.setDaemon(true);
    closer.start();
    try {
      if (!done.await(grace.toNanos(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    Throwable failure = failures.poll();
    if (failure != null) {
      LOG.error("closing the ledger failed", failure);
    }
    return failure == null;
  }
}
