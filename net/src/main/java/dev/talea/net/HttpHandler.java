// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import org.jspecify.annotations.Nullable;

/**
 * What a server does with requests. All methods but {@link #settled} are called on the event loop
 * of the request's connection and must not block; slow work goes elsewhere and answers through
 * {@link HttpExchange#respond} from there.
 *
 * <p>For every well-formed head the calls are {@link #admit}, then {@link #handle} if it was
 * admitted and its body arrived in order, then exactly one {@link #over}. Until {@link #handle} a
 * request has cost its sender as much as the server; what is scarce is handed out there. A request
 * too malformed to have a head is answered by the connection itself through {@link ErrorBodies} and
 * seen by none of the three.
 */
public interface HttpHandler {
  /**
   * The headers are complete and the body has not been read: the moment to check the route and the
   * credentials.
   *
   * @return null to go on; an answer to refuse the request now, its body then being thrown away
   */
  default @Nullable HttpResponse admit(RequestHead head, HttpExchange exchange) {
    return null;
  }

  /**
   * Whether the body of an admitted request is wanted. Where it is not it is read up to the discard
   * limit and thrown away, and the request is handled with an empty one.
   */
  default boolean takesBody(RequestHead head, HttpExchange exchange) {
    return true;
  }

  /**
   * The request is complete, and this is the moment to count it and to shed it. It is answered
   * through the exchange, here or later, from any thread. Throwing answers 500 through {@link
   * ErrorBodies}.
   */
  void handle(HttpRequest request, HttpExchange exchange);

  /**
   * Told once for every exchange that has got an answer, from the thread that gave it. From here on
   * it waits for nothing but its reader.
   */
  default void settled(HttpExchange exchange) {}

  /**
   * Told exactly once for every exchange that {@link #admit} was asked about, refused ones
   * included, as the last call for it. {@link HttpExchange#status} says what was answered.
   */
  default void over(HttpExchange exchange, ExchangeEnd end) {}
}
