// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/** There is no log of this name. */
public final class LogNotFoundException extends LogException {
  private static final long serialVersionUID = 1L;

  /** Takes the text for the person who has to act on it. */
  public LogNotFoundException(String message) {
    super(message, null, null);
  }
}
