// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/** The directory is in use, by another process or by this one. The text says by whom. */
public final class LogLockedException extends LogException {
  private static final long serialVersionUID = 1L;

  /** Takes the text for the person who has to act on it. */
  public LogLockedException(String message) {
    super(message, null, null);
  }
}
