// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.Overloaded;
import dev.talea.ledger.LedgerError.Stale;
import dev.talea.ledger.LedgerError.Timeout;
import dev.talea.ledger.LedgerErrors;
import dev.talea.ledger.json.ResultJson;
import dev.talea.ledger.json.StringAmounts;
import dev.talea.net.ErrorBodies;
import dev.talea.net.Headers;
import dev.talea.net.HttpExchange;
import dev.talea.net.HttpResponse;
import dev.talea.net.ProtocolError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dresses results in HTTP: which status, which headers, which body. The one place where an error of
 * the ledger, or of the connection, gets its status and its {@code Retry-After}.
 *
 * <p>Stateless but for the request ids; any thread may call.
 */
final class Answers implements ErrorBodies {
  static final String REQUEST_ID = "X-Request-Id";
  static final String JSON = "application/json";

  /** JSON whose amounts are strings, for those who asked for it. */
  static final String JSON_STRING_AMOUNTS = "application/json; amounts=string";

  /** What a shed request is asked to wait, in seconds: the contract's. */
  private static final String RETRY_SOON = "1";

  /** A full or failed disk is mended by people, so a little more patience does no harm. */
  private static final String RETRY_LATER = "5";

  /**
   * Whom admission turns away there are most of when the processor is needed for others, so all of
   * their answer but the id is made once.
   */
  private static final byte[] SHED_BODY =
      ResultJson.error(new Overloaded(Overloaded.Limit.ADMISSION));

  private static final Headers SHED_HEADERS =
      Headers.of("Content-Type", JSON, "Retry-After", RETRY_SOON);

  private static final int SHED_STATUS = new Overloaded(Overloaded.Limit.ADMISSION).status();

  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private final RequestIds ids;

  Answers(RequestIds ids) {
    this.ids = ids;
  }

  /**
   * @param stringAmounts whether the caller asked for amounts as strings
   */
  static HttpResponse json(String requestId, byte[] body, boolean stringAmounts) {
    return json(200, requestId, body, stringAmounts);
  }

  private static HttpResponse json(
      int status, String requestId, byte[] body, boolean stringAmounts) {
    return stringAmounts
        ? HttpResponse.of(
            status,
            Headers.of(
                "Content-Type", JSON_STRING_AMOUNTS, "Vary", "Accept", REQUEST_ID, requestId),
            StringAmounts.of(body))
        : HttpResponse.of(status, Headers.of("Content-Type", JSON, REQUEST_ID, requestId), body);
  }

  static HttpResponse plain(String requestId, byte[] body) {
    return HttpResponse.of(
        200, Headers.of("Content-Type", "text/plain; charset=utf-8", REQUEST_ID, requestId), body);
  }

  /** Done, and nothing to say. */
  static HttpResponse noContent(String requestId) {
    return HttpResponse.of(204, Headers.of(REQUEST_ID, requestId), new byte[0]);
  }

  /** It has been asked for, and will be done. */
  static HttpResponse accepted(String requestId) {
    return HttpResponse.of(202, Headers.of(REQUEST_ID, requestId), new byte[0]);
  }

  /** What {@link #error} says to {@link Overloaded.Limit#ADMISSION}, for less. */
  static HttpResponse shed(String requestId) {
    return HttpResponse.of(SHED_STATUS, SHED_HEADERS.with(REQUEST_ID, requestId), SHED_BODY);
  }

  static HttpResponse error(String requestId, LedgerError error) {
    return error(requestId, error, false);
  }

  static HttpResponse error(String requestId, LedgerError error, boolean stringAmounts) {
    return error(requestId, error.status(), error, stringAmounts);
  }

  /** The body is not JSON; the only {@code invalid_draft} that is not a 400. */
  static HttpResponse unsupportedMediaType(String requestId, String reason) {
    return error(requestId, 415, new InvalidDraft("body", reason), false);
  }

  private static HttpResponse error(
      String requestId, int status, LedgerError error, boolean stringAmounts) {
    HttpResponse answer = json(status, requestId, ResultJson.error(error), stringAmounts);
    return switch (status) {
      case 401 -> answer.with("WWW-Authenticate", "Bearer");
      case 429 -> answer.with("Retry-After", RETRY_SOON);
      // Who waits again says so, and how long, in the request.
      case 503 ->
          error instanceof Stale
              ? answer
              : answer.with("Retry-After", error instanceof Overloaded ? RETRY_SOON : RETRY_LATER);
      default -> answer;
    };
  }

  /** What the connection has to say by itself, in the envelope of everything else. */
  @Override
  public HttpResponse answer(ProtocolError error, String detail, @Nullable HttpExchange exchange) {
    String id = ids.of(exchange);
    LOG.debug("request {} is answered by its connection: {}, {}", id, error, detail);
    return switch (error) {
      case REQUEST_TOO_SLOW, ANSWER_TOO_LATE -> error(id, new Timeout());
      case HANDLER_FAILED -> error(id, new Internal(LedgerErrors.INTERNAL_MESSAGE));
      case BODY_TOO_LARGE -> error(id, new InvalidDraft("body", detail));
      default -> error(id, error.status(), new InvalidDraft("request", detail), false);
    };
  }
}
