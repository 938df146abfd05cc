// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;

/** A refusal by the ledger that is to be shown with its amounts as strings. */
final class StringAmountsException extends RuntimeException {
  private final transient LedgerError error;

  StringAmountsException(LedgerError error, LedgerException cause) {
    super(cause);
    this.error = error;
  }

  LedgerError error() {
    return error;
  }
}
