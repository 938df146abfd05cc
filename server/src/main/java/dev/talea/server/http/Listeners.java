// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.audit.export.LedgerDigest;
import dev.talea.audit.head.ServedHeads;
import dev.talea.ledger.Store;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.service.LedgerService;
import dev.talea.net.BindFailedException;
import dev.talea.net.HttpHandler;
import dev.talea.net.HttpServer;
import dev.talea.net.HttpServerSettings;
import dev.talea.reconcile.source.BookHeads;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.reconcile.ReconcileService;
import dev.talea.server.settings.HostPort;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon listens on: the interface with its routes and the threads that they need, and the
 * metrics beside it. The one class that knows all parts of this package; apart from the daemon,
 * which knows when to start and to stop and nothing of HTTP.
 *
 * <p>Any thread may call; starting and stopping block.
 */
public final class Listeners {
  private static final Duration READINESS_FRESH = Duration.ofSeconds(1);

  /** Probes commonly wait for as long. */
  private static final Duration READINESS_PATIENCE = Duration.ofMillis(900);

  private final Surroundings around;
  private final Readers readers;
  private final Parsers parsers = Parsers.forThisMachine();
  private final Readers readinessThread = new Readers("talea-readiness", 1);

  /** Of their own: a database with tables that hangs must not take those that read the ledger. */
  private final Readers projectionReaders = new Readers("talea-projection-reader", 2);

  /** Of their own, too: a folder of evidence may lie on a slow disk. */
  private final Readers reconcileReaders = new Readers("talea-reconcile-reader", 2);

  /** And a person waits for a sample for longer than others do for a page. */
  private final Readers recipeHelpers = new Readers("talea-recipe-help", 4);

  private final HttpServer http;
  private final @Nullable HttpServer metricsListener;

  /**
   * What the requests are answered with.
   *
   * @param heads of the books; null where the store has none
   * @param projections null where none are named
   * @param reconciliation opens when it is wanted
   * @param readerThreads that read the store at the same time
   * @param balancesAtHand whether current balances are quick enough for an event loop
   * @param nanoClock for measuring spans of time
   * @param run random, so that the ids of requests differ between two runs
   * @param stopping whether the daemon is about to stop
   */
  public record Surroundings(
      Settings settings,
      Tokens tokens,
      Store store,
      Metrics metrics,
      @Nullable ServedHeads heads,
      @Nullable ProjectionService projections,
      ReconcileService reconciliation,
      int readerThreads,
      boolean balancesAtHand,
      LongSupplier nanoClock,
      long run,
      BooleanSupplier stopping) {}

  /**
   * Begins to listen.
   *
   * @throws StartException if an address cannot be listened on; nothing is left open then
   */
  public Listeners(Surroundings around) {
    this.around = around;
    this.readers = new Readers(around.readerThreads);
    RequestIds ids = new RequestIds(around.run);
    Answers answers = new Answers(ids);
    this.metricsListener = startMetrics(around.settings, around.metrics, ids, answers);
    boolean started = false;
    try {
      this.http = startHttp(ids, answers);
      started = true;
    } finally {
      if (!started) {
        stopMetrics(Duration.ZERO);
      }
    }
  }

  /** Null where nothing is to be listened on. */
  static @Nullable HttpServer startMetrics(
      Settings settings, Metrics metrics, RequestIds ids, Answers answers) {
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

  private HttpServer startHttp(RequestIds ids, Answers answers) {
    Settings settings = around.settings;
    HttpFront front =
        new HttpFront(
            routes().router(),
            new Admission(
                (int) settings.number(Setting.MAX_INFLIGHT), Admission.bodyBytesForThisHeap()),
            parsers,
            around.tokens,
            ids,
            around.metrics,
            around.nanoClock);
    HttpServerSettings listener =
        HttpServerSettings.builder()
            .bind(settings.bind().resolve(Setting.BIND))
            .requestDeadline(settings.timing().requestDeadline())
            .doorTargets("/livez")
            .build();
    return listen(Setting.BIND, listener, front, answers);
  }

  private BookHeads bookHeads() {
    ServedHeads heads = around.heads;
    StoreReader store = around.store.reads();
    return heads == null
        ? (book, seq, looked) ->
            Map.of("digest", LedgerDigest.of(store, book, seq, looked).sha256())
        : (book, seq, looked) ->
            Map.of(
                "head",
                heads.rootAt(
                    book,
                    seq,
                    nanos -> {
                      looked.run();
                      LockSupport.parkNanos(nanos);
                    }));
  }

  private Routes routes() {
    Settings settings = around.settings;
    Executor balanceReaders = around.balancesAtHand ? Runnable::run : readers;
    LedgerService ledger = new LedgerService(around.store, readers, balanceReaders);
    around.reconciliation.start(() -> ledger, bookHeads());
    Readiness readiness =
        new Readiness(
            around.store,
            settings.is(Setting.READY, "strict"),
            readinessThread,
            around.nanoClock,
            READINESS_FRESH,
            READINESS_PATIENCE);
    StreamEndpoint streams =
        new StreamEndpoint(ledger, settings.timing().heartbeat(), around.nanoClock, around.metrics);
    return new Routes(
        List.of(
            new WriteEndpoints(ledger, (int) settings.number(Setting.HTTP_BATCH_MAX)).routes(),
            new ReadEndpoints(ledger).routes(),
            new ProofEndpoints(ledger, around.heads, readers).routes(),
            new ListEndpoints(ledger, streams).routes(),
            new DocsEndpoint(parsers).routes(),
            new ProjectionEndpoints(around.projections, projectionReaders).routes(),
            new ReadModelEndpoints(around.projections, settings.projectionZone(), projectionReaders)
                .routes(),
            new WebhookEndpoints(around.projections, projectionReaders).routes(),
            new ReconcileEndpoints(around.reconciliation, reconcileReaders).routes(),
            new RecipeHelpEndpoints(around.reconciliation, recipeHelpers).routes(),
            new OperatorEndpoints(
                    around.store,
                    readiness,
                    around.projections == null ? () -> 0 : around.projections::failed,
                    around.stopping)
                .routes()));
  }

  /** Listens, or says which setting names an address that cannot be listened on. */
  static HttpServer listen(
      Setting setting, HttpServerSettings listener, HttpHandler handler, Answers answers) {
    try {
      return HttpServer.start(listener, handler, answers);
    } catch (BindFailedException e) {
      throw new StartException(setting.variable() + ": " + e.getMessage(), e);
    }
  }

  /** Where HTTP is served; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** Where metrics are served; null for nowhere. */
  public @Nullable InetSocketAddress metricsAddress() {
    return metricsListener == null ? null : metricsListener.address();
  }

  /**
   * Accepts no more, answers what is in flight, ends the streams.
   *
   * @return true if every request got an answer within the grace
   */
  public boolean stopHttp(Duration grace) {
    return http.close(grace);
  }

  /** Ends the threads that read the store, when no request needs them any more. */
  public void stopThreads(Duration grace) {
    parsers.close();
    projectionReaders.close(Duration.ZERO);
    reconcileReaders.close(Duration.ZERO);
    recipeHelpers.close(Duration.ZERO);
    readers.close(grace);
    readinessThread.close(Duration.ZERO);
  }

  /** The last to go, so that the stop can be watched. */
  public void stopMetrics(Duration grace) {
    if (metricsListener != null) {
      metricsListener.close(grace);
    }
  }
}
