// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.audit.head.BookHead;
import dev.talea.audit.head.ServedHeads;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.HeadJson;
import dev.talea.net.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The routes that prove what the others show. Apart from {@link ReadEndpoints}, because only books
 * in logs have hash trees: a ledger in a database answers that there is none.
 *
 * <p>Called on event loops; trees are read on the reader pool.
 */
final class ProofEndpoints {
  private final LedgerApi ledger;
  private final @Nullable ServedHeads heads;
  private final Executor readers;

  /**
   * @param heads null where the store has none
   */
  ProofEndpoints(LedgerApi ledger, @Nullable ServedHeads heads, Executor readers) {
    this.ledger = ledger;
    this.heads = heads;
    this.readers = readers;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("GET", "/v1/books/{book}/head", this::head),
        Route.guarded("GET", "/v1/head", this::headOfLedger),
        Route.page("/v1/transactions/{tx_id}/proof", this::proof));
  }

  void head(Call call) {
    String book = call.readableBook();
    ServedHeads of = heads();
    call.when(
        CompletableFuture.supplyAsync(() -> of.of(book), readers), found -> answer(call, found));
  }

  /** It stands for every book, so those who may not see all are not told. */
  void headOfLedger(Call call) {
    if (!call.grant().mayRead(Grant.ALL_BOOKS)) {
      throw new LedgerException(new Forbidden(Grant.ALL_BOOKS));
    }
    ServedHeads of = heads();
    call.when(CompletableFuture.supplyAsync(of::ofLedger, readers), found -> answer(call, found));
  }

  private static void answer(Call call, BookHead head) {
    if (Accepted.prefersText(call.request().head().headers().all("Accept"))) {
      call.respond(text(call, head.checkpoint().text().getBytes(StandardCharsets.UTF_8)));
    } else {
      HttpResponse answer =
          Answers.json(call.requestId(), HeadJson.write(head.view()), false).with("Vary", "Accept");
      call.respond(answer);
    }
  }

  private static HttpResponse text(Call call, byte[] text) {
    return Answers.plain(call.requestId(), text).with("Vary", "Accept");
  }

  void proof(Call call) {
    ServedHeads of = heads();
    ReadEndpoints.transaction(
        ledger,
        call,
        found ->
            call.when(
                CompletableFuture.supplyAsync(() -> of.prove(found).bytes(), readers),
                proof -> call.respond(Answers.plain(call.requestId(), proof))));
  }

  private ServedHeads heads() {
    ServedHeads known = heads;
    if (known == null) {
      throw new LedgerException(
          new NotFound("head: books have hash trees where the ledger is in logs"));
    }
    return known;
  }
}
