package dev.talea.server;

import dev.talea.ledger.LedgerError.MethodNotAllowed;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.net.Headers;
import dev.talea.net.HttpExchange;
import dev.talea.net.HttpHandler;
import dev.talea.net.HttpRequest;
import dev.talea.net.HttpResponse;

/**
 * The whole of the metrics listener: {@code GET /metrics}. On a listener of its own, so that it can
 * be bound where only the collector reaches it, and so that a flood of requests on the main one
 * does not blind whoever wants to watch it.
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

  @Override
  public void handle(HttpRequest request, HttpExchange exchange) {
    if (!request.rawPath().equals("/metrics")) {
      exchange.respond(Answers.error(ids.next(), new NotFound("path " + request.rawPath())));
    } else if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      exchange.respond(
          Answers.error(ids.next(), new MethodNotAllowed()).with("Allow", "GET, HEAD"));
    } else {
      exchange.respond(
          HttpResponse.of(200, Headers.of("Content-Type", metrics.contentType()), metrics.text()));
    }
  }
}
