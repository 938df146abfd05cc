// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.json.BalanceJson;
import dev.talea.ledger.json.HistoryJson;
import dev.talea.ledger.json.TransactionJson;
import dev.talea.ledger.json.TrialBalanceJson;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The routes that show the ledger.
 *
 * <p>Called on event loops. The ledger runs the reads where it was told to, on the reader pool or,
 * for current balances at hand, right here; and there answers are put into JSON and given.
 */
final class ReadEndpoints {
  private final LedgerApi ledger;

  ReadEndpoints(LedgerApi ledger) {
    this.ledger = ledger;
  }

  List<Route> routes() {
    return List.of(
        Route.page("/v1/transactions/{tx_id}", this::transaction),
        Route.guarded("GET", "/v1/books/{book}/accounts/{path}/balance", this::balance),
        Route.page("/v1/books/{book}/accounts/{path}/history", this::history),
        Route.page("/v1/books/{book}/trial-balance", this::trialBalance));
  }

  void balance(Call call) {
    Moment asOf = call.query().moment("as_of");
    answer(
        call,
        ledger.balance(call.readableAccount(), Moment.instantOf(asOf)),
        view -> BalanceJson.write(view, Moment.textOf(asOf)));
  }

  void history(Call call) {
    Query query = call.query();
    long afterSeq = query.cursor("after_seq", 0);
    long limit = query.limit(Limits.HISTORY_LIMIT_DEFAULT);
    int transactions = (int) Math.min(limit, Limits.HISTORY_LIMIT_MAX);
    answer(
        call, ledger.history(call.readableAccount(), afterSeq, transactions), HistoryJson::write);
  }

  void trialBalance(Call call) {
    Moment asOf = call.query().moment("as_of");
    answer(
        call,
        ledger.trialBalance(call.readableBook(), Moment.instantOf(asOf)),
        view -> TrialBalanceJson.write(view, Moment.textOf(asOf)));
  }

  void transaction(Call call) {
    transaction(ledger, call, found -> call.json(TransactionJson.write(found)));
  }

  /**
   * Finds the transaction that the path names, in a path that names no book. One out of scope is
   * told exactly as one that does not exist: otherwise an id would tell a stranger that something
   * is there.
   */
  static void transaction(LedgerApi ledger, Call call, Consumer<TransactionView> onFound) {
    String text = call.path("tx_id");
    UUID id = TransactionIds.parse(text);
    if (id == null) {
      throw new LedgerException(new InvalidDraft("tx_id", "is not a UUID"));
    }
    NotFound unknown = new NotFound("transaction " + text);
    call.when(
        ledger.transaction(id),
        found -> {
          if (call.grant().mayRead(found.book())) {
            onFound.accept(found);
          } else {
            call.error(unknown);
          }
        },
        failure -> {
          if (LedgerErrors.of(failure) instanceof NotFound) {
            call.error(unknown);
          } else {
            call.failure(failure);
          }
        });
  }

  private static <T> void answer(
      Call call, CompletableFuture<T> answer, Function<? super T, byte[]> json) {
    call.when(answer, found -> call.json(json.apply(found)));
  }
}
