package dev.talea.server;

import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the daemon counts and times. Labels are taken from closed sets, never from what a caller
 * sent: the route is a template, an unknown method is {@code other}.
 *
 * <p>Any thread may count; a scrape takes a moment's values.
 */
final class Metrics {
  static final String NO_ROUTE = "none";

  /** The contract's buckets, and finer ones where a commit on a good disk lies. */
  private static final double[] SECONDS = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
    2.5, 5, 10
  };

  private static final double[] DRAFTS = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192
  };

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private static final double NANOS_PER_SECOND = 1e9;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer =
      PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();

  private final Counter requests;
  private final Histogram requestSeconds;
  private final Counter commits;
  private final DistributionDataPoint commitSeconds;
  private final DistributionDataPoint batchSize;
  private final LongAdder draftsWaiting = new LongAdder();
  private final AtomicInteger booksActive = new AtomicInteger();
  private final Counter shed;
  private final Gauge subscribers;

  Metrics() {
    requests =
        Counter.builder()
            .name("talea_http_requests_total")
            .help("Requests answered.")
            .labelNames("method", "route", "status")
            .register(registry);
    requestSeconds =
        Histogram.builder()
            .name("talea_http_request_duration_seconds")
            .help("From the headers of a request to its answer.")
            .labelNames("method", "route")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .register(registry);
    commits =
        Counter.builder()
            .name("talea_commits_total")
            .help("Drafts by what became of them.")
            .labelNames("result")
            .register(registry);
    for (String result : new String[] {"committed", "deduplicated", "rejected", "overloaded"}) {
      commits.initLabelValues(result);
    }
    commitSeconds =
        Histogram.builder()
            .name("talea_commit_duration_seconds")
            .help("From handing drafts to the store to their being on disk.")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .register(registry);
    batchSize =
        Histogram.builder()
            .name("talea_write_batch_size")
            .help("Drafts handed to the store together.")
            .classicOnly()
            .classicUpperBounds(DRAFTS)
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
        .name("talea_db_pool_connections")
        .help("Database connections; the log store has none.")
        .labelNames("state")
        .callback(
            callback -> {
              callback.call(0, "size");
              callback.call(0, "idle");
            })
        .register(registry);
  }

  /**
   * Adds what the virtual machine tells of itself. Apart, because loading the management classes
   * takes longer than starting the rest of the daemon, and nobody sees them without a listener.
   */
  void includeVirtualMachine() {
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
  void request(String method, String route, int status, long nanos) {
    String known = METHODS.contains(method) ? method : "other";
    requests.labelValues(known, route, status == 0 ? "aborted" : Integer.toString(status)).inc();
    requestSeconds.labelValues(known, route).observe(nanos / NANOS_PER_SECOND);
  }

  /** Admission turned a request away. */
  void requestShed() {
    shed.inc();
  }

  void streamOpened() {
    subscribers.inc();
  }

  void streamClosed() {
    subscribers.dec();
  }

  /** Drafts went to the store. */
  void draftsHandedOver(int drafts) {
    draftsWaiting.add(drafts);
    batchSize.observe(drafts);
  }

  /** The store has answered them. */
  void draftsAnswered(int drafts, long nanos) {
    draftsWaiting.add(-drafts);
    commitSeconds.observe(nanos / NANOS_PER_SECOND);
  }

  /** What became of drafts: {@code committed}, {@code deduplicated} and so on. */
  void results(String result, int drafts) {
    if (drafts > 0) {
      commits.labelValues(result).inc(drafts);
    }
  }

  void bookBecameActive() {
    booksActive.incrementAndGet();
  }

  void bookBecameIdle() {
    booksActive.decrementAndGet();
  }

  /** Content type of {@link #text}. */
  String contentType() {
    return writer.getContentType();
  }

  /** Everything, in Prometheus' text format. */
  byte[] text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(16 * 1024);
    try {
      writer.write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing metrics to memory failed", e);
    }
    return out.toByteArray();
  }
}
