package dev.talea.server;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.json.AnswerWriter;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
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

  void balance(Call call) {
    Instant asOf = call.query().moment("as_of");
    checkScope(call);
    answer(call, ledger.balance(call.account(), asOf), AnswerWriter::balance);
  }

  void history(Call call) {
    Query query = call.query();
    long afterSeq = query.natural("after_seq", 0);
    long limit = query.natural("limit", Limits.HISTORY_LIMIT_DEFAULT);
    checkScope(call);
    int transactions = (int) Math.min(limit, Limits.HISTORY_LIMIT_MAX);
    answer(call, ledger.history(call.account(), afterSeq, transactions), AnswerWriter::history);
  }

  void trialBalance(Call call) {
    Instant asOf = call.query().moment("as_of");
    checkScope(call);
    answer(call, ledger.trialBalance(call.path("book"), asOf), AnswerWriter::trialBalance);
  }

  /**
   * The one read whose path names no book. A transaction out of scope is told exactly as one that
   * does not exist: otherwise an id would tell a stranger that something is there.
   */
  void transaction(Call call) {
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
            call.json(AnswerWriter.transaction(found));
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

  private static void checkScope(Call call) {
    String book = call.path("book");
    if (!call.grant().mayRead(book)) {
      throw new LedgerException(new Forbidden(book));
    }
  }

  private static <T> void answer(
      Call call, CompletableFuture<T> answer, Function<? super T, byte[]> json) {
    call.when(answer, found -> call.json(json.apply(found)));
  }
}
