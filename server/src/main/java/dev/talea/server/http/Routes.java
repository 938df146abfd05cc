package dev.talea.server.http;

import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import dev.talea.net.Router;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The route table: every path the daemon answers, who may call it, and who answers. The OpenAPI
 * document is held against it by a test, in both directions.
 *
 * <p>Immutable.
 */
final class Routes {
  private final List<Route> table;
  private final Router<Route> router;

  Routes(
      WriteEndpoints writes,
      ReadEndpoints reads,
      ListEndpoints lists,
      DocsEndpoint docs,
      OperatorEndpoints operator,
      String backend) {
    byte[] ok = ascii("ok");
    this.table =
        List.of(
            guarded("POST", "/v1/assets", writes::registerAsset),
            guarded("POST", "/v1/accounts", writes::openAccount),
            guarded("POST", "/v1/transactions", writes::post),
            batch("/v1/transactions/batch", writes::postBatch),
            page("/v1/transactions/{tx_id}", reads::transaction),
            guarded("GET", "/v1/books/{book}/accounts/{path}/balance", reads::balance),
            page("/v1/books/{book}/accounts/{path}/history", reads::history),
            page("/v1/books/{book}/trial-balance", reads::trialBalance),
            page("/v1/books/{book}/events", lists::events),
            guarded("POST", "/v1/events", lists::eventsOfMany),
            page("/v1/assets", lists::assets),
            guarded("GET", "/v1/assets/{id}", lists::asset),
            page("/v1/books", lists::books),
            guarded("GET", "/v1/books/{book}", lists::book),
            page("/v1/books/{book}/accounts", lists::accounts),
            guarded("GET", "/v1/books/{book}/accounts/{path}", lists::account),
            page("/v1/books/{book}/transactions", lists::transactions),
            page("/v1/books/{book}/transactions/by-key/{idempotency_key}", lists::transactionByKey),
            open("/health", call -> call.respond(plain(call, ok).with("X-Talea-Backend", backend))),
            open("/readyz", operator::ready),
            guarded("POST", "/v1/clock/accept", operator::acceptClock),
            new Route("GET", "/livez", true, false, 0, call -> call.respond(plain(call, ok))),
            open("/", docs::lead),
            open("/docs", docs::page),
            open("/docs/", docs::pageBehindSlash),
            open("/docs/{file}", docs::file),
            open("/openapi.json", docs::openApi));
    Router.Builder<Route> builder = Router.builder();
    table.forEach(route -> builder.route(route.method(), route.template(), route));
    this.router = builder.build();
  }

  List<Route> table() {
    return table;
  }

  Router<Route> router() {
    return router;
  }

  /** Answered to bearers of a token only. */
  private static Route guarded(String method, String template, Endpoint endpoint) {
    return new Route(method, template, false, true, Route.SMALL_ANSWER_BYTES, endpoint);
  }

  /** As {@link #guarded}, with an answer that may be long. */
  private static Route page(String template, Endpoint endpoint) {
    return new Route("GET", template, false, true, Route.PAGE_BYTES, endpoint);
  }

  private static Route batch(String template, Endpoint endpoint) {
    return new Route("POST", template, false, true, Route.BATCH_ANSWER_BYTES, endpoint);
  }

  /** Answered without a token. */
  private static Route open(String template, Endpoint endpoint) {
    return new Route("GET", template, true, true, 0, endpoint);
  }

  static HttpResponse plain(Call call, byte[] body) {
    return HttpResponse.of(
        200,
        Headers.of(
            "Content-Type", "text/plain; charset=utf-8", Answers.REQUEST_ID, call.requestId()),
        body);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
