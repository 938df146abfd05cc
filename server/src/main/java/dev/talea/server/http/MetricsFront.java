// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.MethodNotAllowed;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.net.Headers;
import dev.talea.net.HttpExchange;
import dev.talea.net.HttpHandler;
import dev.talea.net.HttpRequest;
import dev.talea.net.HttpResponse;
import dev.talea.net.RequestHead;
import dev.talea.server.metrics.Metrics;

/**
 * The whole of the metrics listener: {@code GET /metrics}. On a listener of its own, so that it can
 * be bound where only the collector reaches it, and so that a flood of requests on the main one
 * does not blind the operator who watches it.
 *
 * <p>Called on the event loop of that listener.
 */
final class MetricsFront implements HttpHandler {
  private final Metrics metrics;
  private final RequestIds ids;

  MetricsFront(Metrics metrics, RequestIds ids) {
    this.metrics = metrics;
    this.ids = ids;
  }

  /** Nothing here has a use for one. */
  @Override
  public boolean takesBody(RequestHead head, HttpExchange exchange) {
    return false;
  }

  @Override
  public void handle(HttpRequest request, HttpExchange exchange) {
    String id = ids.next();
    if (!request.rawPath().equals("/metrics")) {
      exchange.respond(Answers.error(id, new NotFound("path " + request.rawPath())));
    } else if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      exchange.respond(Answers.error(id, new MethodNotAllowed()).with("Allow", "GET, HEAD"));
    } else {
      Headers headers = Headers.of("Content-Type", metrics.contentType(), Answers.REQUEST_ID, id);
      exchange.respond(HttpResponse.of(200, headers, metrics.text()));
    }
  }
}
