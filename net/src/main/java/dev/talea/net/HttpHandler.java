package dev.talea.net;

import org.jspecify.annotations.Nullable;

/**
 * What a server does with requests. All three methods are called on the event loop of the request's
 * connection and must not block; slow work goes elsewhere and answers through {@link
 * HttpExchange#respond} from there.
 *
 * <p>For every well-formed head the calls are {@link #admit}, then {@link #handle} if it was
 * admitted and its body arrived in order, then exactly one {@link #over}. A request too malformed
 * to have a head is answered by the connection itself through {@link ErrorBodies} and seen by none
 * of the three.
 */
public interface HttpHandler {
  /**
   * The headers are complete and the body has not been read: the moment to count the request, to
   * shed it, to check its credentials.
   *
   * @return null to go on; an answer to refuse the request now, its body then being thrown away
   */
  default @Nullable HttpResponse admit(RequestHead head, HttpExchange exchange) {
    return null;
  }

  /**
   * The request is complete. It is answered through the exchange, here or later, from any thread.
   * Throwing answers 500 through {@link ErrorBodies}.
   */
  void handle(HttpRequest request, HttpExchange exchange);

  /**
   * Told exactly once for every exchange that {@link #admit} was asked about, refused ones
   * included, as the last call for it. {@link HttpExchange#status} says what was answered.
   */
  default void over(HttpExchange exchange, ExchangeEnd end) {}
}
