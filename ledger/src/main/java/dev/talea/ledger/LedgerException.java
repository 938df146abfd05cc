// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import org.jspecify.annotations.Nullable;

/**
 * A call that the ledger answered with an error. Carries the typed {@link LedgerError}; callers
 * react to that, people read the message. Refusals are ordinary answers, so no stack trace is taken
 * unless there is a cause.
 */
public final class LedgerException extends RuntimeException {
  private final transient LedgerError error;

  public LedgerException(LedgerError error) {
    this(error, null);
  }

  public LedgerException(LedgerError error, @Nullable Throwable cause) {
    super(error.code() + ": " + error, cause, true, cause != null);
    this.error = error;
  }

  /** Throws if something is wrong. */
  public static void throwIf(@Nullable LedgerError fault) {
    if (fault != null) {
      throw new LedgerException(fault);
    }
  }

  /** What the ledger said. */
  public LedgerError error() {
    return error;
  }
}
