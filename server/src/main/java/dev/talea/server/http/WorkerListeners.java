// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.net.HttpServer;
import dev.talea.net.HttpServerSettings;
import dev.talea.server.metrics.Metrics;
import dev.talea.server.projections.ProjectionService;
import dev.talea.server.settings.Setting;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a worker listens on: those routes that are about projections and webhooks, and the metrics
 * beside them. Apart from {@link Listeners}, whose routes are about a ledger that a worker does not
 * have.
 *
 * <p>Any thread may call; starting and stopping block.
 */
public final class WorkerListeners {
  private final Parsers parsers = Parsers.forThisMachine();
  private final Readers readers = new Readers("talea-projection-reader", 2);
  private final HttpServer http;
  private final @Nullable HttpServer metricsListener;

  /**
   * What the requests are answered with.
   *
   * @param trouble why nothing is applied at present, or null; waits for nothing
   * @param nanoClock for measuring spans of time
   * @param run random, so that the ids of requests differ between two runs
   * @param stopping whether the worker is about to stop
   */
  public record Surroundings(
      Settings settings,
      Tokens tokens,
      Metrics metrics,
      ProjectionService projections,
      Supplier<@Nullable String> trouble,
      LongSupplier nanoClock,
      long run,
      BooleanSupplier stopping) {}

  /**
   * Begins to listen.
   *
   * @throws StartException if an address cannot be listened on; nothing is left open then
   */
  public WorkerListeners(Surroundings around) {
    RequestIds ids = new RequestIds(around.run);
    Answers answers = new Answers(ids);
    this.metricsListener = Listeners.startMetrics(around.settings, around.metrics, ids, answers);
    boolean started = false;
    try {
      this.http = startHttp(around, ids, answers);
      started = true;
    } finally {
      if (!started) {
        stopMetrics(Duration.ZERO);
      }
    }
  }

  private HttpServer startHttp(Surroundings around, RequestIds ids, Answers answers) {
    Settings settings = around.settings;
    Routes routes =
        new Routes(
            List.of(
                new ProjectionEndpoints(around.projections, readers).routes(),
                new WebhookEndpoints(around.projections, readers).routes(),
                new WorkerEndpoints(around.projections, around.trouble, around.stopping).routes()));
    HttpFront front =
        new HttpFront(
            routes.router(),
            new Admission(
                (int) settings.number(Setting.MAX_INFLIGHT), Admission.bodyBytesForThisHeap()),
            parsers,
            around.tokens,
            ids,
            around.metrics,
            around.nanoClock);
    HttpServerSettings listener =
        HttpServerSettings.builder()
            .bind(settings.workerBind().resolve(Setting.WORKER_BIND))
            .eventLoops(1)
            .requestDeadline(settings.timing().requestDeadline())
            .doorTargets("/livez")
            .build();
    return Listeners.listen(Setting.WORKER_BIND, listener, front, answers);
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
   * Accepts no more, and answers what is in flight.
   *
   * @return true if every request got an answer within the grace
   */
  public boolean stopHttp(Duration grace) {
    boolean answered = http.close(grace);
    parsers.close();
    readers.close(Duration.ZERO);
    return answered;
  }

  /** The last to go, so that the stop can be watched. */
  public void stopMetrics(Duration grace) {
    if (metricsListener != null) {
      metricsListener.close(grace);
    }
  }
}
