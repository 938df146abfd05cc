// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.net.Router;
import java.util.Collection;
import java.util.List;

/**
 * The route table: every path the daemon answers, who may call it, and who answers, as the
 * endpoints bring it along. The OpenAPI document is held against it by a test, in both directions.
 *
 * <p>Immutable.
 */
final class Routes {
  private final List<Route> table;
  private final Router<Route> router;

  /**
   * @param routes of each class of endpoints
   */
  Routes(List<List<Route>> routes) {
    this.table = routes.stream().flatMap(Collection::stream).toList();
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
}
