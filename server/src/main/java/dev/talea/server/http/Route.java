// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

/**
 * A line of the route table.
 *
 * @param open answered without a token
 * @param counted takes a place among the requests in flight; only {@code /livez} does not
 * @param answerBytes about what an answer may have, itself and not shared with others; requests
 *     that were sent behind it wait while a connection has too much of that under way
 */
record Route(
    String method,
    String template,
    boolean open,
    boolean counted,
    int answerBytes,
    Endpoint endpoint) {
  /** Of one thing, or none. */
  static final int SMALL_ANSWER_BYTES = 1024;

  /** Of a page, or of a transaction, which may be as long. */
  static final int PAGE_BYTES = 1024 * 1024;

  /** Of a whole batch's receipts. */
  static final int BATCH_ANSWER_BYTES = 64 * 1024;

  /** Answered to bearers of a token only. */
  static Route guarded(String method, String template, Endpoint endpoint) {
    return new Route(method, template, false, true, SMALL_ANSWER_BYTES, endpoint);
  }

  /** As {@link #guarded}, with an answer that may be long. */
  static Route page(String template, Endpoint endpoint) {
    return new Route("GET", template, false, true, PAGE_BYTES, endpoint);
  }

  /** As {@link #guarded}, with an answer to each of many drafts. */
  static Route batch(String template, Endpoint endpoint) {
    return new Route("POST", template, false, true, BATCH_ANSWER_BYTES, endpoint);
  }

  /** Answered without a token. */
  static Route open(String template, Endpoint endpoint) {
    return new Route("GET", template, true, true, 0, endpoint);
  }
}
