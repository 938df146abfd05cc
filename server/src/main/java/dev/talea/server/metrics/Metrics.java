// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.metrics;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Outage;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import dev.talea.projections.webhook.WebhookEngine;
import dev.talea.reconcile.run.Reconciliation;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon counts and times. Labels are taken from closed sets, never from what a caller
 * sent: the route is a template, an unknown method is {@code other}.
 *
 * <p>Any thread may count; a scrape takes a moment's values.
 */
public final class Metrics {
  public static final String NO_ROUTE = "none";

  /** The contract's buckets, and finer ones where a commit on a good disk lies. */
  private static final double[] SECONDS = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
    2.5, 5, 10
  };

  private static final double[] RECORDS = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192
  };

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private static final double NANOS_PER_SECOND = 1e9;
  private static final int STATUS_MAX = 599;

  /** What became of a draft. */
  enum Outcome {
    COMMITTED,
    DEDUPLICATED,
    REJECTED,
    OVERLOADED;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  /** What became of a round of anchoring. */
  private enum AnchorRound {
    ANCHORED,
    UNCHANGED,
    FAILED;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  /** Method and route, by which requests are counted. */
  private record RequestKind(String method, String route) {}

  /**
   * The counters of one kind of request, found once: looking a counter up by its labels costs more
   * than counting.
   */
  private final class RequestCounters {
    private final RequestKind kind;
    private final DistributionDataPoint seconds;
    private final AtomicReferenceArray<@Nullable CounterDataPoint> byStatus =
        new AtomicReferenceArray<>(STATUS_MAX + 1);

    RequestCounters(RequestKind kind) {
      this.kind = kind;
      this.seconds = requestSeconds.labelValues(kind.method, kind.route);
    }

    void count(int status, long nanos) {
      CounterDataPoint counter = byStatus.get(status);
      if (counter == null) {
        String label = status == 0 ? "aborted" : Integer.toString(status);
        counter = requests.labelValues(kind.method, kind.route, label);
        byStatus.set(status, counter);
      }
      counter.inc();
      seconds.observe(nanos / NANOS_PER_SECOND);
    }
  }

  private final Map<RequestKind, RequestCounters> countersOfKind = new ConcurrentHashMap<>();

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer =
      PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();

  private final Counter requests;
  private final Histogram requestSeconds;
  private final Histogram reconcileSeconds;
  private final Map<Outcome, CounterDataPoint> commits = new EnumMap<>(Outcome.class);
  private final DistributionDataPoint commitSeconds;
  private final DistributionDataPoint batchSize;
  private final DistributionDataPoint syncSeconds;
  private final CounterDataPoint logBytes;
  private final LongAdder draftsWaiting = new LongAdder();
  private final AtomicInteger booksActive = new AtomicInteger();
  private final Counter shed;
  private final Gauge subscribers;
  private final CounterDataPoint scrubRounds;
  private final CounterDataPoint scrubBytes;
  private final Map<AnchorRound, CounterDataPoint> anchorRounds = new EnumMap<>(AnchorRound.class);
  private final AtomicInteger booksNotAsAnchored = new AtomicInteger();
  private volatile IntSupplier poolSize = () -> 0;
  private volatile IntSupplier poolIdle = () -> 0;
  private volatile @Nullable StoreHealth health;
  private volatile LongSupplier clockBehindSeconds = () -> 0;

  public Metrics() {
    requests =
        Counter.builder()
            .name("talea_http_requests_total")
            .help("Requests answered.")
            .labelNames("method", "route", "status")
            .withoutExemplars()
            .register(registry);
    reconcileSeconds =
        Histogram.builder()
            .name("talea_reconcile_duration_seconds")
            .help("How long runs were worked on, by how they ended.")
            .labelNames("state")
            .classicOnly()
            .classicUpperBounds(1, 5, 15, 60, 300, 900, 3600)
            .withoutExemplars()
            .register(registry);
    requestSeconds =
        Histogram.builder()
            .name("talea_http_request_duration_seconds")
            .help("From the headers of a request to its answer.")
            .labelNames("method", "route")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .withoutExemplars()
            .register(registry);
    Counter results =
        Counter.builder()
            .name("talea_commits_total")
            .help("Drafts by what became of them.")
            .labelNames("result")
            .withoutExemplars()
            .register(registry);
    for (Outcome outcome : Outcome.values()) {
      commits.put(outcome, results.labelValues(outcome.label));
    }
    commitSeconds =
        Histogram.builder()
            .name("talea_commit_duration_seconds")
            .help("From handing drafts to the store to their being on disk.")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .withoutExemplars()
            .register(registry);
    batchSize =
        Histogram.builder()
            .name("talea_write_batch_size")
            .help("Records written and synced, or committed, together.")
            .classicOnly()
            .classicUpperBounds(RECORDS)
            .withoutExemplars()
            .register(registry);
    syncSeconds =
        Histogram.builder()
            .name("talea_fsync_duration_seconds")
            .help("The sync after each group commit; a database does its own.")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .withoutExemplars()
            .register(registry);
    logBytes =
        Counter.builder()
            .name("talea_log_bytes_total")
            .help("Bytes written to the logs.")
            .withoutExemplars()
            .register(registry);
    gauge("talea_write_active_books", "Books with drafts waiting or being committed.", booksActive);
    gauge("talea_write_queue_depth", "Drafts waiting or being committed.", draftsWaiting);
    shed =
        Counter.builder()
            .name("talea_shed_total")
            .help("Requests turned away by admission.")
            .register(registry);
    subscribers =
        Gauge.builder()
            .name("talea_sse_subscribers")
            .help("Open event streams.")
            .register(registry);
    GaugeWithCallback.builder()
        .name("talea_books_unavailable")
        .help("Books that take no writes, by cause.")
        .labelNames("cause")
        .callback(
            callback -> {
              StoreHealth asked = health;
              for (Outage.Cause cause : Outage.Cause.values()) {
                callback.call(asked == null ? 0 : asked.booksDown(cause), cause.label());
              }
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("talea_store_unavailable")
        .help("1 while the store as a whole takes no writes, by cause.")
        .labelNames("cause")
        .callback(
            callback -> {
              StoreHealth asked = health;
              Outage outage = asked == null ? null : asked.ofStore();
              for (Outage.Cause cause : Outage.Cause.values()) {
                callback.call(outage != null && outage.cause() == cause ? 1 : 0, cause.label());
              }
            })
        .register(registry);
    scrubRounds =
        counter("talea_scrub_rounds_total", "Times that all logs have been read and checked.");
    scrubBytes = counter("talea_scrub_bytes_total", "Bytes of logs that have been read to check.");
    Counter rounds =
        Counter.builder()
            .name("talea_anchor_rounds_total")
            .help("Rounds of anchoring the heads of books, by what became of them.")
            .labelNames("result")
            .withoutExemplars()
            .register(registry);
    for (AnchorRound round : AnchorRound.values()) {
      anchorRounds.put(round, rounds.labelValues(round.label));
    }
    gauge(
        "talea_books_not_as_anchored",
        "Books that are not what _anchors says they were.",
        booksNotAsAnchored);
    GaugeWithCallback.builder()
        .name("talea_books_damaged")
        .help("Books that hold something that is not what was written, as far as scrubbing saw.")
        .callback(
            callback -> {
              StoreHealth asked = health;
              callback.call(asked == null ? 0 : asked.booksDamaged());
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("talea_clock_behind_seconds")
        .help("How far the clock is behind the newest commit.")
        .callback(callback -> callback.call((double) clockBehindSeconds.getAsLong()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("talea_db_pool_connections")
        .help("Database connections; the log store has none.")
        .labelNames("state")
        .callback(
            callback -> {
              callback.call(poolSize.getAsInt(), "size");
              callback.call(poolIdle.getAsInt(), "idle");
            })
        .register(registry);
  }

  /** From now on a scrape asks these which books take no writes, and how late the clock is. */
  public void healthIs(StoreHealth storeHealth, LongSupplier clockBehind) {
    health = storeHealth;
    clockBehindSeconds = clockBehind;
  }

  /**
   * From now on a scrape asks these how projections are doing. Apart, so that a server without any
   * says nothing of them.
   *
   * @param seen waits for nothing; empty if it is not known
   * @param reached whether it is
   */
  public void projectionsAre(Supplier<List<ProjectionStatus>> seen, BooleanSupplier reached) {
    GaugeWithCallback.builder()
        .name("talea_projections_reached")
        .help("1 while projections run and the database with their tables answers.")
        .callback(callback -> callback.call(reached.getAsBoolean() ? 1 : 0))
        .register(registry);
    ofProjections(
        "talea_projection_lag_events", "Events not applied yet.", seen, s -> s.lagEvents());
    ofProjections(
        "talea_projection_lag_seconds",
        "Age of the oldest event that is not applied yet.",
        seen,
        s -> s.lagSeconds());
    ofProjections(
        "talea_projection_failed_books",
        "Books in which a projection stands still until a person has looked.",
        seen,
        s -> s.positions().stream().filter(p -> p.state() == ProjectionState.FAILED).count());
    GaugeWithCallback.builder()
        .name("talea_projection_state")
        .help("1 for the state that a projection is in.")
        .labelNames("projection", "state")
        .callback(
            callback -> {
              for (ProjectionStatus status : seen.get()) {
                for (ProjectionState state : ProjectionState.values()) {
                  callback.call(status.state() == state ? 1 : 0, status.name(), state.word());
                }
              }
            })
        .register(registry);
  }

  /** From now on a scrape asks this how deliveries are doing. Waits for nothing. */
  public void webhooksAre(Supplier<WebhookEngine.@Nullable Counts> counts) {
    CounterWithCallback.builder()
        .name("talea_webhook_deliveries_total")
        .help("Attempts to deliver an event, by whether the receiver took it.")
        .labelNames("result")
        .callback(
            callback -> {
              WebhookEngine.Counts now = counts.get();
              callback.call(now == null ? 0 : (double) now.delivered(), "delivered");
              callback.call(now == null ? 0 : (double) now.failed(), "failed");
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("talea_webhooks")
        .help("Receivers by how they are: sent to, retried after a failure, or paused.")
        .labelNames("state")
        .callback(
            callback -> {
              WebhookEngine.Counts now = counts.get();
              callback.call(now == null ? 0 : now.active() - now.retrying(), "active");
              callback.call(now == null ? 0 : now.retrying(), "retrying");
              callback.call(now == null ? 0 : now.paused(), "paused");
            })
        .register(registry);
    ofWebhooks(
        "talea_webhook_lag_events",
        "Events that receivers which are not paused have not got yet, wanted or not.",
        counts,
        WebhookEngine.Counts::lagEvents);
    ofWebhooks(
        "talea_webhook_lag_seconds",
        "Age of the oldest event that such a receiver has not got yet.",
        counts,
        WebhookEngine.Counts::lagSeconds);
  }

  /** From now on a scrape asks this how reconciliation is doing; null while it is not open. */
  public void reconciliationIs(Supplier<Reconciliation.@Nullable Seen> seen) {
    byState(
        "talea_reconcile_runs",
        "Runs by state, of all that there were.",
        seen,
        Reconciliation.Seen::runs);
    byState(
        "talea_reconcile_rows",
        "Rows of completed runs, by what became of them.",
        seen,
        Reconciliation.Seen::rows);
    ofReconciliation(
        "talea_reconcile_last_zero_match_timestamp_seconds",
        "When a run last completed and matched nothing, 0 for never.",
        seen,
        Reconciliation.Seen::lastZeroMatch);
    ofReconciliation(
        "talea_reconcile_evidence_bytes",
        "Bytes of evidence that lie in the folder.",
        seen,
        Reconciliation.Seen::evidenceBytes);
  }

  private void byState(
      String name,
      String help,
      Supplier<Reconciliation.@Nullable Seen> seen,
      Function<Reconciliation.Seen, Map<String, Long>> counts) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("state")
        .callback(
            callback -> {
              Reconciliation.Seen now = seen.get();
              if (now != null) {
                counts.apply(now).forEach((state, count) -> callback.call(count, state));
              }
            })
        .register(registry);
  }

  private void ofReconciliation(
      String name,
      String help,
      Supplier<Reconciliation.@Nullable Seen> seen,
      ToDoubleFunction<Reconciliation.Seen> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(
            callback -> {
              Reconciliation.Seen now = seen.get();
              if (now != null) {
                callback.call(value.applyAsDouble(now));
              }
            })
        .register(registry);
  }

  /** A run of a reconciliation has ended. */
  public void reconciled(String state, long nanos) {
    reconcileSeconds.labelValues(state).observe(nanos / NANOS_PER_SECOND);
  }

  private void ofWebhooks(
      String name,
      String help,
      Supplier<WebhookEngine.@Nullable Counts> counts,
      ToDoubleFunction<WebhookEngine.Counts> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(
            callback -> {
              WebhookEngine.Counts now = counts.get();
              callback.call(now == null ? 0 : value.applyAsDouble(now));
            })
        .register(registry);
  }

  /** From now on a scrape asks whether the ledger that a worker follows answers. */
  public void sourceIs(BooleanSupplier reached) {
    GaugeWithCallback.builder()
        .name("talea_projection_source_reached")
        .help("1 while the ledger that is followed answers.")
        .callback(callback -> callback.call(reached.getAsBoolean() ? 1 : 0))
        .register(registry);
  }

  private void ofProjections(
      String name,
      String help,
      Supplier<List<ProjectionStatus>> seen,
      ToDoubleFunction<ProjectionStatus> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("projection")
        .callback(
            callback ->
                seen.get()
                    .forEach(status -> callback.call(value.applyAsDouble(status), status.name())))
        .register(registry);
  }

  /**
   * Adds what the virtual machine tells of itself. Apart, because loading the management classes
   * takes longer than starting the rest of the daemon, and they cannot be seen without a listener.
   */
  public void includeVirtualMachine() {
    JvmMetrics.builder().register(registry);
  }

  private void gauge(String name, String help, Number value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.doubleValue()))
        .register(registry);
  }

  /**
   * A request is over.
   *
   * @param route template, or {@link #NO_ROUTE}
   * @param status 0 if the caller went away before an answer
   */
  public void request(String method, String route, int status, long nanos) {
    String known = METHODS.contains(method) ? method : "other";
    countersOfKind
        .computeIfAbsent(new RequestKind(known, route), RequestCounters::new)
        .count(status, nanos);
  }

  /** Admission turned a request away. */
  public void requestShed() {
    shed.inc();
  }

  public void streamOpened() {
    subscribers.inc();
  }

  public void streamClosed() {
    subscribers.dec();
  }

  /** Drafts went to the store. */
  void draftsHandedOver(int drafts) {
    draftsWaiting.add(drafts);
  }

  /** The store has answered them. */
  void draftsAnswered(int drafts, long nanos) {
    draftsWaiting.add(-drafts);
    commitSeconds.observe(nanos / NANOS_PER_SECOND);
  }

  /** What became of drafts. */
  void results(Outcome outcome, int drafts) {
    if (drafts > 0) {
      requireNonNull(commits.get(outcome)).inc(drafts);
    }
  }

  /**
   * A group commit is on disk.
   *
   * @param nanos of the sync alone
   * @param bytes written
   */
  public void groupSynced(long nanos, int bytes, int records) {
    syncSeconds.observe(nanos / NANOS_PER_SECOND);
    logBytes.inc(bytes);
    batchSize.observe(records);
  }

  /**
   * A group commit is in a database, which does the syncing. How long that takes shows where it is
   * the same for every store: in the time from handing drafts over to their being durable.
   */
  public void groupCommitted(long records) {
    batchSize.observe((double) records);
  }

  /** A counter without labels. */
  private CounterDataPoint counter(String name, String help) {
    return Counter.builder().name(name).help(help).withoutExemplars().register(registry);
  }

  /**
   * A round of anchoring is over.
   *
   * @param books that had advanced
   * @param contradicting books that are not what they were
   */
  public void anchored(int books, int contradicting) {
    requireNonNull(anchorRounds.get(books > 0 ? AnchorRound.ANCHORED : AnchorRound.UNCHANGED))
        .inc();
    booksNotAsAnchored.set(contradicting);
  }

  /** A round of anchoring came to nothing. */
  public void anchoringFailed() {
    requireNonNull(anchorRounds.get(AnchorRound.FAILED)).inc();
  }

  /** All logs have been scrubbed. */
  public void scrubbed() {
    scrubRounds.inc();
  }

  /** Bytes have been scrubbed. */
  public void scrubbedBytes(long bytes) {
    scrubBytes.inc(bytes);
  }

  /** From now on a scrape asks these for the connections to the database. */
  public void poolIs(IntSupplier size, IntSupplier idle) {
    poolSize = size;
    poolIdle = idle;
  }

  void bookBecameActive() {
    booksActive.incrementAndGet();
  }

  void bookBecameIdle() {
    booksActive.decrementAndGet();
  }

  /** Content type of {@link #text}. */
  public String contentType() {
    return writer.getContentType();
  }

  /** Everything, in Prometheus' text format. */
  public byte[] text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(16 * 1024);
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing metrics to memory failed", e);
    }
    return out.toByteArray();
  }
}
