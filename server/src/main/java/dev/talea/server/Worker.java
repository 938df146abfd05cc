// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.ledger.Store;
import dev.talea.projections.EventSource;
import dev.talea.projections.LedgerSource;
import dev.talea.projections.StoreSource;
import dev.talea.server.http.Tokens;
import dev.talea.server.http.WorkerListeners;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.HostPort;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import dev.talea.server.settings.WorkerSource;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that runs projections and nothing else: follows the ledger of a server, over HTTP or in
 * its database, and answers how that goes. Apart from {@link Daemon}, which owns a ledger; a worker
 * that dies takes nothing with it.
 *
 * <p>Any thread may call; starting and stopping block.
 */
public final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final Settings settings;
  private final Tokens tokens;

  /** Null where the ledger is followed over HTTP. */
  private final @Nullable Store store;

  /** Null where the ledger's database is read. */
  private final @Nullable LedgerSource remote;

  private final ProjectionService projections;
  private final WorkerListeners listeners;
  private final AtomicBoolean stopping = new AtomicBoolean();

  /** Completes with whether all ended in time. */
  private final CompletableFuture<Boolean> stopped = new CompletableFuture<>();

  private Worker(
      Settings settings,
      Tokens tokens,
      Metrics metrics,
      ProjectionService projections,
      @Nullable Store store,
      @Nullable LedgerSource remote) {
    this.settings = settings;
    this.tokens = tokens;
    this.store = store;
    this.remote = remote;
    this.projections = projections;
    projections.start(source(store, remote));
    metrics.projectionsAre(projections::seen, projections::isReached);
    if (projections.deliveries() != null) {
      metrics.webhooksAre(projections::deliveries);
    }
    metrics.sourceIs(this::isSourceReached);
    this.listeners =
        new WorkerListeners(
            new WorkerListeners.Surroundings(
                settings,
                tokens,
                metrics,
                projections,
                this::trouble,
                SystemSurroundings::nanos,
                SystemSurroundings.randomLong(),
                stopping::get));
  }

  private static EventSource source(@Nullable Store store, @Nullable LedgerSource remote) {
    if (remote != null) {
      return remote;
    }
    if (store == null) {
      throw new IllegalArgumentException("a worker without a source");
    }
    return new StoreSource(store.reads());
  }

  /**
   * Begins to follow a ledger. One that is out of reach, or whose tables are, is tried again for as
   * long as it takes.
   *
   * @param remote the ledger of {@link Settings#source}; null where its database is read. Stopping
   *     closes it
   * @throws StartException with what a person has to mend; nothing is left open then
   */
  public static Worker start(Settings settings, @Nullable LedgerSource remote) {
    Tokens tokens = Tokens.of(settings);
    settings.workerBind().resolve(Setting.WORKER_BIND);
    Metrics metrics = new Metrics();
    ProjectionService projections =
        ProjectionService.of(settings, SystemSurroundings.ofProjections());
    if (projections == null) {
      throw new IllegalArgumentException("not the settings of a worker");
    }
    Store store = null;
    boolean started = false;
    try {
      if (remote == null) {
        store = Stores.open(settings, metrics);
        metrics.healthIs(store.reads().health(), store::clockBehindSeconds);
      }
      Worker worker = new Worker(settings, tokens, metrics, projections, store, remote);
      started = true;
      worker.announce();
      return worker;
    } finally {
      if (!started) {
        projections.close(settings.timing().stopGrace());
        close(store, remote);
      }
    }
  }

  private static void close(@Nullable Store store, @Nullable LedgerSource remote) {
    if (remote != null) {
      remote.close();
    }
    if (store != null) {
      store.close();
    }
  }

  private void announce() {
    settings.unknownInWords().forEach(LOG::warn);
    settings.warnings().forEach(LOG::warn);
    tokens.warnings().forEach(LOG::warn);
    if (tokens.isOpen()) {
      LOG.warn(
          "OPEN MODE: neither TALEA_API_TOKEN nor TALEA_TOKENS_FILE is set, so every client that"
              + " reaches {} may rebuild and drop projections",
          HostPort.of(address()));
    }
    WorkerSource source = settings.source();
    LOG.info(
        "following the ledger {} {}; it answers on {}",
        source == null ? "in" : "at",
        source == null ? settings.dbUrl() : source,
        HostPort.of(address()));
    InetSocketAddress metricsAddress = metricsAddress();
    if (metricsAddress != null) {
      LOG.info("metrics on {}", HostPort.of(metricsAddress));
    }
  }

  private boolean isSourceReached() {
    return remote == null
        ? store != null && store.reads().health().ofStore() == null
        : remote.outage() == null;
  }

  /** Why nothing is applied at present; null if all is well. Waits for nothing. */
  private @Nullable String trouble() {
    String away = remote == null ? null : remote.outage();
    return away == null
        ? projections.outage()
        : "the ledger at " + settings.source() + " does not answer: " + away;
  }

  /** Where HTTP is served; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return listeners.address();
  }

  /** Where metrics are served; null for nowhere. */
  public @Nullable InetSocketAddress metricsAddress() {
    return listeners.metricsAddress();
  }

  /** What a person has to mend before it does anything again; null if nothing is known. */
  public @Nullable String fault() {
    return projections.fault().getNow(null);
  }

  /**
   * Waits until it has been stopped, or will do nothing any more until a person has mended it.
   *
   * @return what is to be mended; null if it was stopped
   */
  public @Nullable String awaitEnd() {
    return CompletableFuture.anyOf(projections.fault(), stopped).join() instanceof String fault
        ? fault
        : null;
  }

  /**
   * Stops: answers what is in flight, ends what is being applied, lets go of the leases. Takes
   * about twice the grace of the settings at most; leases that are left behind then run out by
   * themselves. Idempotent: a second caller waits for the first.
   *
   * @return true if all of it was done in time
   */
  public boolean stop() {
    if (stopping.compareAndSet(false, true)) {
      boolean clean = false;
      try {
        clean = stopNow();
      } finally {
        stopped.complete(clean);
      }
    }
    return stopped.join();
  }

  private boolean stopNow() {
    Duration grace = settings.timing().stopGrace();
    LOG.info("stopping: ending what is being applied, for up to {} s", grace.toSeconds());
    boolean answered = listeners.stopHttp(grace);
    boolean ended = projections.close(grace);
    Thread closer = new Thread(() -> close(store, remote), "talea-closer");
    closer.setDaemon(true);
    closer.start();
    boolean closed = false;
    try {
      closer.join(grace.toMillis());
      closed = !closer.isAlive();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    listeners.stopMetrics(Duration.ofMillis(100));
    LOG.info("stopped{}", answered && ended && closed ? "" : "; something was left behind");
    return answered && ended && closed;
  }
}
