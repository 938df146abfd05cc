// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.server.projections.ProjectionService;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The routes by which a worker is asked whether it does its work. Apart from {@link
 * OperatorEndpoints}, which ask a store, and hold a ledger ready whatever its projections do: here
 * projections are all there is.
 *
 * <p>Called on event loops; waits for nothing.
 */
final class WorkerEndpoints {
  private static final byte[] READY = "ready".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);

  private final ProjectionService projections;
  private final Supplier<@Nullable String> trouble;
  private final BooleanSupplier stopping;

  /**
   * @param trouble why nothing is applied at present, or null
   */
  WorkerEndpoints(
      ProjectionService projections, Supplier<@Nullable String> trouble, BooleanSupplier stopping) {
    this.projections = projections;
    this.trouble = trouble;
    this.stopping = stopping;
  }

  List<Route> routes() {
    return List.of(
        Route.open("/readyz", this::ready), new Route("GET", "/livez", true, false, 0, this::live));
  }

  /** Whether this process answers at all. */
  void live(Call call) {
    call.respond(Answers.plain(call.requestId(), OK));
  }

  /** One projection that stands still is told beside the answer: the others go on. */
  void ready(Call call) {
    String why = stopping.getAsBoolean() ? "the worker is stopping" : trouble.get();
    if (why != null) {
      call.error(new Unavailable(why));
      return;
    }
    call.respond(
        OperatorEndpoints.withProjections(
            Answers.plain(call.requestId(), READY), projections.failed()));
  }
}
