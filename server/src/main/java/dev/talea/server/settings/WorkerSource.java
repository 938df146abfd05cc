// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import org.jspecify.annotations.Nullable;

/**
 * The server whose ledger a worker follows over HTTP. Apart from {@link LedgerChoice}, because such
 * a ledger is not opened, and nothing is known of where it lies.
 *
 * @param url of the server
 * @param token null for none
 */
public record WorkerSource(String url, @Nullable String token) {
  /** The client's variables: to the server a worker is a client. */
  private static final String URL = "TALEA_URL";

  private static final String TOKEN = "TALEA_TOKEN";

  /** What the variables name, or null if that is no server. */
  static @Nullable WorkerSource of(Variables variables) {
    String url = variables.get(URL);
    return url == null ? null : new WorkerSource(url, variables.get(TOKEN));
  }

  /**
   * The ledger of a worker that is told of no server: one that several processes may open.
   *
   * @throws StartException if there is none
   */
  static LedgerChoice ledger(Variables variables) {
    LedgerChoice choice = LedgerChoice.of(variables);
    if (choice == null) {
      throw new StartException(
          "A worker needs to know whose events to follow: set "
              + URL
              + " to the address of a server, such as http://127.0.0.1:8080, or "
              + Setting.DB_URL.variable()
              + " to a ledger in PostgreSQL");
    }
    if (!choice.url().scheme().equals(DbUrl.POSTGRES)) {
      throw new StartException(
          choice.url().what()
              + " is "
              + choice.url()
              + ", which its server alone may open; set "
              + URL
              + " to the address of that server, such as http://127.0.0.1:8080, and "
              + Setting.PROJECTION_DB_URL.variable()
              + " to where the tables go");
    }
    return choice;
  }

  /** Where, and not how to get in. */
  @Override
  public String toString() {
    return url;
  }
}
