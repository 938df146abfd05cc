package dev.talea.log;

import org.jspecify.annotations.Nullable;

/**
 * What can go wrong with a log, as types by how a caller reacts. The text is for the person who has
 * to act on it: what failed, where, actual against expected, what to do next.
 */
public abstract sealed class LogException extends RuntimeException
    permits LogDamagedException,
        LogIoException,
        LogLockedException,
        LogNotFoundException,
        LogUnavailableException,
        LogVersionException {
  private static final long serialVersionUID = 1L;

  private final String text;

  LogException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.text = message;
  }

  /** Always there. */
  @Override
  public String getMessage() {
    return text;
  }
}
