// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

/**
 * What a route does with an admitted and authorised request. Called on the event loop, so it must
 * not block; it answers through the call, then or later. Throwing answers too: a {@code
 * LedgerException} with its error, anything else with {@code internal}.
 */
@FunctionalInterface
interface Endpoint {
  void handle(Call call);
}
