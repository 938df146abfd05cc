// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Page;
import dev.talea.ledger.json.AccountJson;
import dev.talea.ledger.json.AssetJson;
import dev.talea.ledger.json.BookJson;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.TransactionJson;
import dev.talea.net.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The routes that show what there is: assets, books, accounts, transactions, events, page by page.
 * Apart from {@link ReadEndpoints}, which answers questions about one thing that the caller knows
 * by name.
 *
 * <p>Called on event loops; the ledger runs the reads on the reader pool, and that is where answers
 * are put into JSON and given.
 */
final class ListEndpoints {
  private final LedgerApi ledger;
  private final StreamEndpoint streams;

  ListEndpoints(LedgerApi ledger, StreamEndpoint streams) {
    this.ledger = ledger;
    this.streams = streams;
  }

  List<Route> routes() {
    return List.of(
        Route.page("/v1/assets", this::assets),
        Route.guarded("GET", "/v1/assets/{id}", this::asset),
        Route.page("/v1/books", this::books),
        Route.guarded("GET", "/v1/books/{book}", this::book),
        Route.page("/v1/books/{book}/accounts", this::accounts),
        Route.guarded("GET", "/v1/books/{book}/accounts/{path}", this::account),
        Route.page("/v1/books/{book}/transactions", this::transactions),
        Route.page(
            "/v1/books/{book}/transactions/by-key/{idempotency_key}", this::transactionByKey),
        Route.page("/v1/books/{book}/events", this::events),
        Route.guarded("POST", "/v1/events", this::eventsOfMany));
  }

  /**
   * Assets belong to no book, and every book's amounts are spelled with their precisions: any token
   * may see them.
   */
  void assets(Call call) {
    Query query = call.query();
    answer(call, ledger.assets(query.text("after"), limit(query)), AssetJson::page);
  }

  void asset(Call call) {
    answer(call, ledger.asset(call.path("id")), AssetJson::write);
  }

  void books(Call call) {
    Query query = call.query();
    String after = query.text("after");
    int limit = limit(query);
    Grant grant = call.grant();
    answer(
        call,
        grant.mayRead(Grant.ALL_BOOKS) ? ledger.books(after, limit) : granted(grant, after, limit),
        BookJson::page);
  }

  /** Looks for the few books that a token names, instead of passing over all it does not. */
  private CompletableFuture<Page<BookView, String>> granted(
      Grant grant, @Nullable String after, int limit) {
    List<CompletableFuture<@Nullable BookView>> asked =
        grant.books().stream()
            .filter(name -> after == null || DraftRules.BYTEWISE.compare(name, after) > 0)
            .sorted(DraftRules.BYTEWISE)
            .map(name -> ledger.book(name).handle(ListEndpoints::viewOrNull))
            .toList();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> {
              List<BookView> views = new ArrayList<>();
              for (CompletableFuture<@Nullable BookView> each : asked) {
                BookView view = each.join();
                if (view != null && views.size() == limit) {
                  return new Page<>(views, views.get(limit - 1).book());
                }
                if (view != null) {
                  views.add(view);
                }
              }
              return new Page<>(views, null);
            });
  }

  private static @Nullable BookView viewOrNull(
      @Nullable BookView view, @Nullable Throwable failure) {
    if (failure != null) {
      LedgerError error = LedgerErrors.of(failure);
      if (!(error instanceof NotFound)) {
        throw new LedgerException(error, failure);
      }
    }
    return view;
  }

  void book(Call call) {
    answer(call, ledger.book(call.readableBook()), BookJson::write);
  }

  void accounts(Call call) {
    Query query = call.query();
    String prefix = query.text("prefix");
    String after = query.text("after");
    int limit = limit(query);
    answer(
        call,
        ledger.accounts(call.readableBook(), prefix == null ? "" : prefix, after, limit),
        AccountJson::page);
  }

  void account(Call call) {
    answer(call, ledger.account(call.readableAccount()), AccountJson::write);
  }

  void transactions(Call call) {
    Query query = call.query();
    long afterSeq = query.cursor("after_seq", 0);
    int limit = limit(query);
    answer(call, ledger.transactions(call.readableBook(), afterSeq, limit), TransactionJson::page);
  }

  void transactionByKey(Call call) {
    answer(
        call,
        ledger.transactionByKey(call.readableBook(), call.path("idempotency_key")),
        TransactionJson::write);
  }

  /** A page of events to those who ask for JSON, the stream to everybody else. */
  void events(Call call) {
    if (!Accepted.prefersJson(call.request().head().headers().all("Accept"))) {
      streams.handle(call);
      return;
    }
    Query query = call.query();
    long from = query.cursor("from", 0);
    long afterSeq = query.cursor("after", from);
    int limit = limit(query);
    call.when(
        ledger.events(call.readableBook(), afterSeq, limit),
        page -> {
          boolean strings = call.stringAmounts(Accepted.JSON);
          HttpResponse answer = Answers.json(call.requestId(), EventJson.page(page), strings);
          // As strings they vary anyway.
          call.respond(strings ? answer : answer.with("Vary", "Accept"));
        });
  }

  /** The stream of many books at once. */
  void eventsOfMany(Call call) {
    streams.handleMany(call);
  }

  private static int limit(Query query) {
    return (int) Math.min(query.limit(Limits.PAGE_LIMIT_DEFAULT), Limits.PAGE_LIMIT_MAX);
  }

  private static <T> void answer(
      Call call, CompletableFuture<T> answer, Function<? super T, byte[]> json) {
    call.when(answer, found -> call.json(json.apply(found)));
  }
}
