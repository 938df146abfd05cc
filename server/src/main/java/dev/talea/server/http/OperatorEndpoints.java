// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Store;
import dev.talea.net.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * The routes for those who run the daemon: whether to send it requests, and what only a person can
 * confirm. Apart from the others because they ask the store about itself and not about the ledger.
 *
 * <p>Called on event loops.
 */
final class OperatorEndpoints {
  private static final String UNAVAILABLE_BOOKS = "X-Talea-Unavailable-Books";
  private static final String FAILED_PROJECTIONS = "X-Talea-Failed-Projections";
  private static final byte[] READY = "ready".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);

  private final Store store;
  private final Readiness readiness;
  private final IntSupplier failedProjections;
  private final BooleanSupplier stopping;

  /**
   * @param failedProjections how many stand still; waits for nothing
   */
  OperatorEndpoints(
      Store store, Readiness readiness, IntSupplier failedProjections, BooleanSupplier stopping) {
    this.store = store;
    this.readiness = readiness;
    this.failedProjections = failedProjections;
    this.stopping = stopping;
  }

  List<Route> routes() {
    return List.of(
        Route.open("/health", this::health),
        Route.open("/readyz", this::ready),
        Route.guarded("POST", "/v1/clock/accept", this::acceptClock),
        new Route("GET", "/livez", true, false, 0, this::live));
  }

  /** Whether this process serves HTTP, and over what. */
  void health(Call call) {
    call.respond(
        withProjections(
            Answers.plain(call.requestId(), OK).with("X-Talea-Backend", store.backend()),
            failedProjections.getAsInt()));
  }

  /** They are told beside the answer, and do not change it: the ledger does not need them. */
  static HttpResponse withProjections(HttpResponse answer, int failed) {
    return failed == 0 ? answer : answer.with(FAILED_PROJECTIONS, Integer.toString(failed));
  }

  /** Whether this process answers at all. */
  void live(Call call) {
    call.respond(Answers.plain(call.requestId(), OK));
  }

  void ready(Call call) {
    if (stopping.getAsBoolean()) {
      call.error(new Unavailable("the daemon is stopping"));
      return;
    }
    call.when(
        readiness.state(),
        state -> {
          HttpResponse answer =
              withProjections(
                  state.outage() == null
                      ? Answers.plain(call.requestId(), READY)
                      : Answers.error(call.requestId(), new Unavailable(state.outage().reason())),
                  failedProjections.getAsInt());
          call.respond(
              state.booksDown() == 0
                  ? answer
                  : answer.with(UNAVAILABLE_BOOKS, Integer.toString(state.booksDown())));
        });
  }

  void acceptClock(Call call) {
    if (!call.grant().mayWrite(Grant.ALL_BOOKS)) {
      throw new LedgerException(new Forbidden(Grant.ALL_BOOKS));
    }
    store.acceptClock();
    call.noContent();
  }
}
