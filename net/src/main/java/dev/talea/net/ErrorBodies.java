// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import org.jspecify.annotations.Nullable;

/**
 * Words the answers that the connection gives by itself, so that they look like all others.
 *
 * <p>Called on event loops; must neither block nor throw.
 */
@FunctionalInterface
public interface ErrorBodies {
  /**
   * @param detail what exactly was wrong, fit for the caller's eyes
   * @param exchange the one that is answered so, with what the handler attached to it; null if
   *     there is no well-formed head and no handler has heard of it
   */
  HttpResponse answer(ProtocolError error, String detail, @Nullable HttpExchange exchange);

  /** Plain text under the status HTTP foresees. */
  static ErrorBodies plainText() {
    return (error, detail, exchange) -> HttpResponse.text(error.status(), detail + "\n");
  }
}
