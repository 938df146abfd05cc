// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import org.jspecify.annotations.Nullable;

/**
 * One request and the one answer to it.
 *
 * <p>The first of {@link #respond}, {@link #startStream}, the answer deadline and the end of the
 * connection settles the exchange; whatever comes later is dropped without harm. Answers leave in
 * the order of the requests on the connection, whatever order they were given in.
 */
public interface HttpExchange {
  RequestHead head();

  /**
   * Answers; from any thread.
   *
   * @return false if the exchange was settled already and this answer was dropped
   */
  boolean respond(HttpResponse response);

  /**
   * Answers with a stream; from any thread. The head leaves when all earlier answers on the
   * connection have; until then the stream is not writable. Requests that were pipelined behind it
   * are dropped, and the connection closes with the stream.
   *
   * @param headers with the {@code Content-Length} where it is known, which the owner then has to
   *     keep to; without it the answer is chunked
   * @return the stream; already closed if the exchange was settled before
   */
  ResponseStream startStream(int status, Headers headers);

  /** True once an answer was given or the exchange ended without one; from any thread. */
  boolean isSettled();

  /** Status of the answer that settled the exchange, or 0 if there is none (yet). */
  int status();

  /**
   * How long the answer will be about; on the event loop, from {@link HttpHandler#admit}. Requests
   * behind this one are not taken up while the answers before them may be too long together, which
   * bounds what a peer that sends much and reads nothing can have made.
   */
  void expectAnswer(int bytes);

  /**
   * Takes up no later request of the connection until the returned task has run, once, on any
   * thread; on the event loop, from {@link HttpHandler#handle}. For a handler that hands a request
   * to another thread and still wants the requests of a connection in their order.
   */
  Runnable pauseRequests();

  /** Keeps something of the handler's own with the exchange, such as its admission ticket. */
  void attach(@Nullable Object attachment);

  @Nullable Object attachment();

  /**
   * Runs a task on the event loop of the connection, such as one that writes a long answer down;
   * dropped when that loop has shut down.
   */
  void execute(Runnable task);
}
