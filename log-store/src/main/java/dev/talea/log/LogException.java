// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What can go wrong with a log, as types by how a caller reacts. The text is for the person who has
 * to act on it: what failed, where, actual against expected, what to do next.
 *
 * <p>There is one text in two forms: {@link #getMessage} names files with their paths, for the log
 * of the process and for its operator; {@link #clientMessage} is the same without the place where
 * the files lie, for those who only use it.
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
  private final String bareText;

  LogException(String message, @Nullable Path within, @Nullable Throwable cause) {
    super(message, cause);
    this.text = message;
    this.bareText = WithoutPaths.of(within, message);
  }

  /** For an exception that is made before there is anything wrong: no stack trace, no memory. */
  LogException(String message) {
    super(message, null, false, false);
    this.text = message;
    this.bareText = message;
  }

  /** Always there. For the operator: with paths. */
  @Override
  public String getMessage() {
    return text;
  }

  /** For clients: the same, with file names only. */
  public String clientMessage() {
    return bareText;
  }
}
