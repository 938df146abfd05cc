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
}
