// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.LedgerException;
import dev.talea.net.HttpExchange;
import dev.talea.net.HttpRequest;
import dev.talea.net.HttpResponse;
import dev.talea.net.PathParams;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One admitted request on its way through an endpoint, with everything the endpoint may ask and the
 * ways to answer.
 *
 * <p>Made on the event loop; may then be handed to another thread, and answers from any.
 */
final class Call {
  private static final Logger LOG = LoggerFactory.getLogger(Call.class);

  private final HttpRequest request;
  private final HttpExchange exchange;
  private final String requestId;
  private final Grant grant;
  private final PathParams path;
  private final Runnable place;

  /**
   * @param place gives back the place among the requests in flight
   */
  Call(
      HttpRequest request,
      HttpExchange exchange,
      String requestId,
      Grant grant,
      PathParams path,
      Runnable place) {
    this.request = request;
    this.exchange = exchange;
    this.requestId = requestId;
    this.grant = grant;
    this.path = path;
    this.place = place;
  }

  HttpRequest request() {
    return request;
  }

  HttpExchange exchange() {
    return exchange;
  }

  /** Answers on the event loop, for work that is too long for the thread that is here now. */
  void onEventLoop(Runnable answering) {
    exchange.execute(
        () -> {
          try {
            answering.run();
          } catch (RuntimeException e) {
            failure(e);
          }
        });
  }

  /**
   * From here on the request waits for something that many may wait for, and does no work: it holds
   * no place among the requests in flight any more, and its connection takes up no other until the
   * returned task has run.
   */
  Runnable waits() {
    place.run();
    return exchange.pauseRequests();
  }

  String requestId() {
    return requestId;
  }

  /** What the caller may do. */
  Grant grant() {
    return grant;
  }

  /** A decoded segment of the path. */
  String path(String name) {
    return path.get(name);
  }

  /**
   * The book that the path names, if the caller may read it.
   *
   * @throws LedgerException {@link Forbidden} if he may not; {@link InvalidDraft} if the name is
   *     empty
   */
  String readableBook() {
    String book = path.get("book");
    if (!grant.mayRead(book)) {
      throw new LedgerException(new Forbidden(book));
    }
    if (book.isEmpty()) {
      throw new LedgerException(new InvalidDraft("book", "must not be empty"));
    }
    return book;
  }

  /** The account that the path names, in a book that the caller may read. */
  AccountId readableAccount() {
    return new AccountId(readableBook(), path.get("path"));
  }

  /** The query, for those who have parameters. */
  Query query() {
    return Query.parse(request.rawQuery());
  }

  void respond(HttpResponse response) {
    exchange.respond(response);
  }

  void json(byte[] body) {
    respond(Answers.json(requestId, body, stringAmounts(Accepted.JSON)));
  }

  /** Whether the caller wants amounts as strings in an answer of this type. */
  boolean stringAmounts(String type) {
    return Accepted.amountsAsStrings(request.head().headers().all("Accept"), type);
  }

  void noContent() {
    respond(Answers.noContent(requestId));
  }

  void error(LedgerError error) {
    respond(Answers.error(requestId, error, stringAmounts(Accepted.JSON)));
  }

  /** Answers when the ledger has; its refusal, or a fault in the answering, is told as well. */
  <T> void when(CompletableFuture<T> answer, Consumer<? super T> onSuccess) {
    when(answer, onSuccess, this::failure);
  }

  /** As {@link #when(CompletableFuture, Consumer)}, with words of one's own for a failure. */
  <T> void when(
      CompletableFuture<T> answer, Consumer<? super T> onSuccess, Consumer<Throwable> onFailure) {
    CompletableFuture<T> unused =
        answer.whenComplete(
            (found, refusal) -> {
              Throwable failure = refusal;
              if (failure == null) {
                try {
                  onSuccess.accept(found);
                } catch (RuntimeException | Error e) {
                  failure = e;
                }
              }
              if (failure != null) {
                onFailure.accept(failure);
              }
            });
  }

  /** Answers with the ledger's own error, or with {@code internal} and a line in the log. */
  void failure(Throwable failure) {
    error(envelope(failure));
  }

  /** The error to tell; a fault of ours is logged under the request's id. */
  LedgerError envelope(Throwable failure) {
    LedgerError error = LedgerErrors.of(failure);
    if (error instanceof Internal) {
      LOG.error(
          "request {} ({} {}) failed", requestId, request.method(), request.rawPath(), failure);
    }
    return error;
  }
}
