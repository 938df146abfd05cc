// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

/**
 * A request got no (complete) answer. The kind and {@link #mayHaveBeenSent} tell the caller how to
 * react; the message is for people.
 */
public final class TransportException extends RuntimeException {
  private final Kind kind;
  private final boolean mayHaveBeenSent;

  /** What went wrong. */
  public enum Kind {
    /** The name did not resolve, or no server accepted the connection. */
    CONNECT_FAILED,
    /** All connections were busy and too many requests were waiting for one. */
    POOL_EXHAUSTED,
    /** The time ran out, wherever the request was then. */
    TIMED_OUT,
    /** The connection went before the first byte of the answer; a stale pooled one does that. */
    CLOSED_BEFORE_ANSWER,
    /** The connection went, or the bytes made no sense, in the middle of the answer. */
    BROKEN_ANSWER,
    /** The answer is longer than the settings allow. */
    ANSWER_TOO_LARGE,
    /** The client, or the stream, was closed by its owner. */
    CLIENT_CLOSED
  }

  /** For those who hold requests back before they are sent, too. */
  public TransportException(Kind kind, boolean mayHaveBeenSent, String message) {
    super(message);
    this.kind = kind;
    this.mayHaveBeenSent = mayHaveBeenSent;
  }

  TransportException(Kind kind, boolean mayHaveBeenSent, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.mayHaveBeenSent = mayHaveBeenSent;
  }

  public Kind kind() {
    return kind;
  }

  /**
   * False when it is certain that the server saw nothing of the request, so that sending it again
   * cannot do anything twice. True when some of it may have left.
   */
  public boolean mayHaveBeenSent() {
    return mayHaveBeenSent;
  }
}
