// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import dev.talea.audit.anchor.Anchorer;
import dev.talea.ledger.Store;
import dev.talea.projections.StoreSource;
import dev.talea.server.http.Listeners;
import dev.talea.server.http.Tokens;
import dev.talea.server.metrics.MeteredStore;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.reconcile.ReconcileService;
import dev.talea.server.settings.HostPort;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
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

  private final Settings settings;
  private final Store store;
  private final Listeners listeners;

  /** Null for stores whose books have no heads. */
  private final @Nullable AnchorRounds anchors;

  /** Null where nothing is scrubbed. */
  private final @Nullable ScrubRounds scrubbing;

  /** Null where none are named. */
  private final @Nullable ProjectionService projections;

  private final ReconcileService reconciliation;
  private final @Nullable RunNotices notices;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean stoppedCleanly;

  private Daemon(
      Settings settings,
      Tokens tokens,
      Store store,
      Metrics metrics,
      @Nullable ProjectionService projections,
      ReconcileService reconciliation) {
    this.settings = settings;
    this.projections = projections;
    this.reconciliation = reconciliation;
    metrics.reconciliationIs(reconciliation::seen);
    this.notices = projections == null ? null : new RunNotices(reconciliation, projections);
    this.store = new MeteredStore(store, metrics, SystemSurroundings::nanos);
    Anchorer anchorer = Stores.anchorer(store);
    this.anchors =
        anchorer == null
            ? null
            : new AnchorRounds(anchorer, metrics, settings.timing().anchorEvery());
    this.scrubbing = Stores.scrubbing(store, settings, metrics, SystemSurroundings::nanos);
    metrics.healthIs(store.reads().health(), store::clockBehindSeconds);
    if (projections != null) {
      projections.start(new StoreSource(store.reads()));
      metrics.projectionsAre(projections::seen, projections::isReached);
      if (projections.deliveries() != null) {
        metrics.webhooksAre(projections::deliveries);
      }
    }
    this.listeners =
        new Listeners(
            new Listeners.Surroundings(
                settings,
                tokens,
                this.store,
                metrics,
                Stores.heads(store, settings.ledgerOrigin()),
                projections,
                reconciliation,
                Stores.readerThreads(settings),
                Stores.hasBalancesAtHand(settings.dbUrl()),
                SystemSurroundings::nanos,
                SystemSurroundings.randomLong(),
                stopping::get));
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
    ReconcileService reconciliation = reconciliation(settings, metrics);
    // Chosen before, too; it keeps trying to connect, and so has to be let go of.
    ProjectionService projections = projections(settings);
    Store store = null;
    try {
      store = Stores.open(settings, metrics);
    } finally {
      if (store == null && projections != null) {
        projections.close(settings.timing().stopGrace());
      }
    }
    return start(settings, tokens, store, metrics, projections, reconciliation);
  }

  private static ReconcileService reconciliation(Settings settings, Metrics metrics) {
    return new ReconcileService(settings, metrics::reconciled);
  }

  private static @Nullable ProjectionService projections(Settings settings) {
    return ProjectionService.of(settings, SystemSurroundings.ofProjections());
  }

  /** As {@link #start(Settings)} over a store that is open already; stopping closes it. */
  static Daemon start(Settings settings, Store store) {
    Metrics metrics = new Metrics();
    return start(
        settings,
        Tokens.of(settings),
        store,
        metrics,
        projections(settings),
        reconciliation(settings, metrics));
  }

  private static Daemon start(
      Settings settings,
      Tokens tokens,
      Store store,
      Metrics metrics,
      @Nullable ProjectionService projections,
      ReconcileService reconciliation) {
    boolean started = false;
    try {
      Daemon daemon = new Daemon(settings, tokens, store, metrics, projections, reconciliation);
      started = true;
      if (daemon.anchors != null) {
        daemon.anchors.start();
      }
      if (daemon.scrubbing != null) {
        daemon.scrubbing.start();
      }
      if (daemon.notices != null) {
        daemon.notices.start();
      }
      daemon.announce(tokens);
      return daemon;
    } finally {
      if (!started) {
        reconciliation.close();
        if (projections != null) {
          projections.close(settings.timing().stopGrace());
        }
        store.close();
      }
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
          HostPort.of(listeners.address()));
    }
    LOG.info(
        "serving {} with the {} store on {}",
        settings.dbUrl(),
        store.backend(),
        HostPort.of(listeners.address()));
    InetSocketAddress metricsAddress = listeners.metricsAddress();
    if (metricsAddress != null) {
      LOG.info("metrics on {}", HostPort.of(metricsAddress));
    }
  }

  /** Where HTTP is served; the port is the real one if 0 was asked for. */
  public InetSocketAddress address() {
    return listeners.address();
  }

  /** Where metrics are served; null for nowhere. */
  public @Nullable InetSocketAddress metricsAddress() {
    return listeners.metricsAddress();
  }

  /** Where the tables of projections are, for people; null where there are none. */
  public @Nullable String projectionTables() {
    return projections == null ? null : projections.where();
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
    boolean answered = listeners.stopHttp(grace);
    boolean closed = closeStore(grace);
    listeners.stopMetrics(Duration.ofMillis(100));
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
                if (scrubbing != null) {
                  scrubbing.stop();
                }
                if (notices != null) {
                  notices.close(); // what is not handed over is at the next start
                }
                // Before the ledger, whose rows it reads, and its threads.
                reconciliation.close();
                listeners.stopThreads(grace);
                if (projections != null) {
                  projections.close(grace.dividedBy(2));
                }
                if (anchors != null) {
                  anchors.finish();
                }
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
