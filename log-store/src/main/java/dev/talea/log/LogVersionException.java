// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

/** The files are whole, but of a format that this program does not read. */
public final class LogVersionException extends LogException {
  private static final long serialVersionUID = 1L;

  /** Takes the text for the person who has to act on it. */
  public LogVersionException(String message) {
    super(message, null, null);
  }
}
