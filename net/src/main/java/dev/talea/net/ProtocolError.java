// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/** What the connection itself has to refuse or report, without asking the handler. */
public enum ProtocolError {
  /** Not HTTP, ambiguous framing, a bad target, a missing {@code Host}; the connection closes. */
  MALFORMED_REQUEST(400),
  /** The headers or the body did not arrive in time; the connection closes. */
  REQUEST_TOO_SLOW(408),
  /** The handler gave no answer within the answer deadline. */
  ANSWER_TOO_LATE(408),
  /** More body than the settings allow, announced or sent; the connection closes. */
  BODY_TOO_LARGE(413),
  /** The request line is too long; the connection closes. */
  REQUEST_LINE_TOO_LONG(414),
  /** An {@code Expect} other than {@code 100-continue}. */
  EXPECTATION_FAILED(417),
  /** The header block is too long; the connection closes. */
  HEADERS_TOO_LARGE(431),
  /** The handler threw. */
  HANDLER_FAILED(500),
  /** Neither HTTP/1.0 nor HTTP/1.1; the connection closes. */
  VERSION_NOT_SUPPORTED(505);

  private final int status;

  ProtocolError(int status) {
    this.status = status;
  }

  /** The status HTTP foresees; {@link ErrorBodies} may choose another. */
  public int status() {
    return status;
  }
}
