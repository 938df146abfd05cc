// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.json.ProjectionJson;
import dev.talea.ledger.projection.ProjectionStatus;
import java.util.List;

/**
 * Asks a server about its projections. Apart from the client of the ledger, which knows books and
 * not what others make of them.
 *
 * <p>One thread.
 */
final class ProjectionClient {
  private final Requests requests;

  /**
   * @param url of the server
   * @param token empty for none
   */
  ProjectionClient(String url, String token) {
    this.requests = new Requests(url, "/v1/projections", token);
  }

  /** All of them, as the server answers. */
  byte[] page() {
    return requests.get("");
  }

  /** One, as the server answers. */
  byte[] bytes(String name) {
    return requests.get("/" + Requests.encoded(name));
  }

  ProjectionStatus one(String name) {
    return ProjectionJson.read(bytes(name));
  }

  /**
   * Asks for a change.
   *
   * @param query alternating names and values
   */
  void change(String name, String change, List<String> query) {
    requests.send(
        "POST", "/" + Requests.encoded(name) + "/" + change + Requests.query(query), null);
  }
}
