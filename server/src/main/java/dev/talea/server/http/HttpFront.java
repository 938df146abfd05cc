// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.MethodNotAllowed;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unauthorized;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.net.ExchangeEnd;
import dev.talea.net.HttpExchange;
import dev.talea.net.HttpHandler;
import dev.talea.net.HttpRequest;
import dev.talea.net.HttpResponse;
import dev.talea.net.PathParams;
import dev.talea.net.RequestHead;
import dev.talea.net.RouteMatch;
import dev.talea.net.Router;
import dev.talea.server.metrics.Metrics;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door: what every request passes before and after its endpoint. Token (401) and route (404,
 * 405) are decided when the headers are there, before a byte of the body is read; admission (503)
 * when the request is complete, so that no place among the requests in flight is held by a peer
 * that sends slowly. The place is given back when the answer is given, exactly once, so that none
 * is held by a peer that reads slowly either. At the end the request is counted.
 *
 * <p>Called on event loops; {@link #settled} on any thread.
 */
final class HttpFront implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(HttpFront.class);

  /**
   * Longer bodies are read on the parsers. This one takes some two milliseconds, which is what the
   * other connections of an event loop can wait for.
   */
  private static final int BODY_BYTES_ON_LOOP_MAX = 64 * 1024;

  private static final HttpResponse OPTIONS_OF_SERVER =
      HttpResponse.of(204).with("Allow", "GET, HEAD, OPTIONS, POST");

  /** Open routes are called by people without a token, too. */
  private static final Grant ANONYMOUS = new Grant("anonymous", Set.of(), false);

  private final Router<Route> router;
  private final Admission admission;
  private final Tokens tokens;
  private final RequestIds ids;
  private final Metrics metrics;
  private final LongSupplier nanoClock;
  private final Executor parsers;

  /**
   * @param parsers where long bodies are read
   */
  HttpFront(
      Router<Route> router,
      Admission admission,
      Executor parsers,
      Tokens tokens,
      RequestIds ids,
      Metrics metrics,
      LongSupplier nanoClock) {
    this.router = router;
    this.admission = admission;
    this.parsers = parsers;
    this.tokens = tokens;
    this.ids = ids;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
  }

  /**
   * What is kept with an exchange from its first call to its last; one event loop, but for the
   * ticket.
   */
  private static final class Visit implements RequestIds.Named {
    final String requestId;
    final long startNanos;
    final RouteMatch<Route> match;
    volatile Admission.@Nullable Ticket ticket;
    @Nullable Grant grant;

    Visit(String requestId, long startNanos, RouteMatch<Route> match) {
      this.requestId = requestId;
      this.startNanos = startNanos;
      this.match = match;
    }

    @Override
    public String requestId() {
      return requestId;
    }

    @Nullable Route route() {
      return match instanceof RouteMatch.Found<Route> found ? found.target() : null;
    }

    /** For the metrics: a template, never the path. */
    String template() {
      if (match instanceof RouteMatch.Found<Route> found) {
        return found.template();
      }
      if (match instanceof RouteMatch.WrongMethod<Route> wrong) {
        return wrong.template();
      }
      return match instanceof RouteMatch.Malformed<Route> malformed
          ? malformed.template()
          : Metrics.NO_ROUTE;
    }
  }

  @Override
  public @Nullable HttpResponse admit(RequestHead head, HttpExchange exchange) {
    Visit visit =
        new Visit(ids.next(), nanoClock.getAsLong(), router.match(head.method(), head.rawPath()));
    exchange.attach(visit);
    if (head.rawPath().equals("*")) {
      return OPTIONS_OF_SERVER.with(Answers.REQUEST_ID, visit.requestId);
    }
    Route route = visit.route();
    visit.grant = tokens.grantFor(head.headers().all("Authorization"));
    if (visit.grant == null && needsToken(route, visit, head)) {
      return refusal(visit, new Unauthorized());
    }
    if (route == null) {
      return admission.isFull() ? shed(visit) : unroutable(visit, head);
    }
    exchange.expectAnswer(route.answerBytes());
    return null;
  }

  @Override
  public boolean takesBody(RequestHead head, HttpExchange exchange) {
    return head.method().equals("POST")
        && exchange.attachment() instanceof Visit visit
        && visit.match instanceof RouteMatch.Found<Route> found
        && !found.target().open();
  }

  private HttpResponse shed(Visit visit) {
    metrics.requestShed();
    return Answers.shed(visit.requestId);
  }

  /**
   * Under {@code /v1} a stranger learns nothing, not even which paths there are. Elsewhere there is
   * nothing to learn, and "wrong path" helps more than "no token".
   */
  private static boolean needsToken(@Nullable Route route, Visit visit, RequestHead head) {
    if (route != null) {
      return !route.open();
    }
    // The template knows a path however it is encoded; the path knows what has no template.
    return visit.template().startsWith("/v1/")
        || head.rawPath().equals("/v1")
        || head.rawPath().startsWith("/v1/");
  }

  private static HttpResponse unroutable(Visit visit, RequestHead head) {
    if (visit.match instanceof RouteMatch.WrongMethod<Route> wrong) {
      return refusal(visit, new MethodNotAllowed()).with("Allow", wrong.allow());
    }
    if (visit.match instanceof RouteMatch.Malformed<Route> malformed) {
      return refusal(visit, new InvalidDraft("path", malformed.reason()));
    }
    return refusal(visit, new NotFound("path " + head.rawPath()));
  }

  private static HttpResponse refusal(Visit visit, LedgerError error) {
    return Answers.error(visit.requestId, error);
  }

  @Override
  public void handle(HttpRequest request, HttpExchange exchange) {
    if (!(exchange.attachment() instanceof Visit visit)
        || !(visit.match instanceof RouteMatch.Found<Route> found)) {
      throw new IllegalStateException("a request was handled that was not admitted: " + request);
    }
    Route route = found.target();
    if (route.counted()) {
      visit.ticket = admission.tryEnter(request.body().length);
      if (visit.ticket == null) {
        exchange.respond(shed(visit));
        return;
      }
    }
    Grant grant = visit.grant != null ? visit.grant : ANONYMOUS;
    PathParams path = found.params();
    Call call = new Call(request, exchange, visit.requestId, grant, path, () -> giveBack(visit));
    if (request.body().length <= BODY_BYTES_ON_LOOP_MAX) {
      handle(route, call);
      return;
    }
    // Requests of a connection are decided in their order, so those behind this one wait.
    Runnable goOn = exchange.pauseRequests();
    try {
      parsers.execute(
          () -> {
            try {
              handle(route, call);
            } finally {
              goOn.run();
            }
          });
    } catch (RejectedExecutionException e) {
      goOn.run();
      call.error(new Unavailable("the daemon is stopping"));
    }
  }

  private static void handle(Route route, Call call) {
    try {
      route.endpoint().handle(call);
    } catch (RuntimeException | Error e) {
      call.failure(e);
    }
  }

  /** What is left is up to the reader, and a reader can take its time. */
  @Override
  public void settled(HttpExchange exchange) {
    if (exchange.attachment() instanceof Visit visit) {
      giveBack(visit);
    }
  }

  private static void giveBack(Visit visit) {
    Admission.Ticket ticket = visit.ticket;
    if (ticket != null) {
      ticket.giveBack();
    }
  }

  @Override
  public void over(HttpExchange exchange, ExchangeEnd end) {
    if (!(exchange.attachment() instanceof Visit visit)) {
      return;
    }
    giveBack(visit);
    RequestHead head = exchange.head();
    int status = end == ExchangeEnd.GONE ? 0 : exchange.status();
    long nanos = nanoClock.getAsLong() - visit.startNanos;
    metrics.request(head.method(), visit.template(), status, nanos);
    if (LOG.isDebugEnabled()) {
      String bearer = visit.grant == null ? ANONYMOUS.name() : visit.grant.name();
      LOG.debug(
          "request {} {} {} by {}: {} in {} us",
          visit.requestId,
          head.method(),
          visit.template(),
          bearer,
          status,
          nanos / 1000);
    }
  }
}
