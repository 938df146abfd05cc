package dev.talea.server;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerError.MethodNotAllowed;
import dev.talea.ledger.LedgerError.NotFound;
import dev.talea.ledger.LedgerError.Unauthorized;
import dev.talea.net.ExchangeEnd;
import dev.talea.net.HttpExchange;
import dev.talea.net.HttpHandler;
import dev.talea.net.HttpRequest;
import dev.talea.net.HttpResponse;
import dev.talea.net.PathParams;
import dev.talea.net.RequestHead;
import dev.talea.net.RouteMatch;
import dev.talea.net.Router;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door: what every request passes before and after its endpoint. Admission (503), token (401)
 * and route (404, 405) are decided when the headers are there, before a byte of the body is read;
 * afterwards the place among the requests in flight is given back, exactly once, and the request is
 * counted.
 *
 * <p>Called on event loops.
 */
final class HttpFront implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(HttpFront.class);

  /** Open routes are called by people without a token, too. */
  private static final Grant NOBODY = new Grant("nobody", Set.of(), false);

  private final Router<Route> router;
  private final Admission admission;
  private final Tokens tokens;
  private final RequestIds ids;
  private final Metrics metrics;
  private final LongSupplier nanoClock;

  HttpFront(
      Router<Route> router,
      Admission admission,
      Tokens tokens,
      RequestIds ids,
      Metrics metrics,
      LongSupplier nanoClock) {
    this.router = router;
    this.admission = admission;
    this.tokens = tokens;
    this.ids = ids;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
  }

  /** What is kept with an exchange from its first call to its last; one event loop. */
  private static final class Visit implements RequestIds.Named {
    final String requestId;
    final long startNanos;
    final RouteMatch<Route> match;
    Admission.@Nullable Ticket ticket;
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
    Route route = visit.route();
    if (route == null || route.counted()) {
      visit.ticket = admission.tryEnter();
      if (visit.ticket == null) {
        metrics.requestShed();
        return Answers.shed(visit.requestId);
      }
    }
    visit.grant = tokens.grantFor(head.headers().all("Authorization"));
    if (visit.grant == null && needsToken(route, visit, head)) {
      return refusal(visit, new Unauthorized());
    }
    if (route == null) {
      return unroutable(visit, head);
    }
    return null;
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
    Grant grant = visit.grant != null ? visit.grant : NOBODY;
    PathParams path = found.params();
    Call call = new Call(request, exchange, visit.requestId, grant, path);
    try {
      found.target().endpoint().handle(call);
    } catch (RuntimeException e) {
      call.failure(e);
    }
  }

  @Override
  public void over(HttpExchange exchange, ExchangeEnd end) {
    if (!(exchange.attachment() instanceof Visit visit)) {
      return;
    }
    if (visit.ticket != null) {
      visit.ticket.giveBack();
    }
    RequestHead head = exchange.head();
    int status = end == ExchangeEnd.GONE ? 0 : exchange.status();
    long nanos = nanoClock.getAsLong() - visit.startNanos;
    metrics.request(head.method(), visit.template(), status, nanos);
    if (LOG.isDebugEnabled()) {
      String bearer = visit.grant == null ? "nobody" : visit.grant.name();
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
