package dev.talea.log;

import dev.talea.log.LogUnavailableException.Reason;

/**
 * There is no room for the next block. Checked and internal: the writer turns it into a refusal,
 * and into the end of the log if the reason is {@link Reason#FAILED}.
 */
final class SpaceException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  SpaceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
