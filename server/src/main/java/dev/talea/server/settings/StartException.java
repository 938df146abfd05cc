// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.settings;

import org.jspecify.annotations.Nullable;

/**
 * The daemon cannot start, or {@code init} cannot go on, for a reason that a person can mend. The
 * message is one or more whole sentences for that person, names what to look at, and never contains
 * a secret: a command prints it as it is and exits.
 */
public class StartException extends RuntimeException {
  public StartException(String message) {
    this(message, null);
  }

  public StartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
