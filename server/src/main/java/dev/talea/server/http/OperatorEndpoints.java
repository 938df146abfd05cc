package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Store;
import dev.talea.net.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/**
 * The routes for those who run the daemon: whether to send it requests, and what only a person can
 * confirm. Apart from the others because they ask the store about itself and not about the ledger.
 *
 * <p>Called on event loops.
 */
final class OperatorEndpoints {
  private static final String UNAVAILABLE_BOOKS = "X-Talea-Unavailable-Books";
  private static final byte[] READY = "ready".getBytes(StandardCharsets.US_ASCII);

  private final Store store;
  private final Readiness readiness;
  private final BooleanSupplier stopping;

  OperatorEndpoints(Store store, Readiness readiness, BooleanSupplier stopping) {
    this.store = store;
    this.readiness = readiness;
    this.stopping = stopping;
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
              state.outage() == null
                  ? Routes.plain(call, READY)
                  : Answers.error(call.requestId(), new Unavailable(state.outage().reason()));
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
