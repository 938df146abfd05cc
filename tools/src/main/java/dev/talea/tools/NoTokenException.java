// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerException;

/** Refused for want of a token, with a word on where one would have been found. */
final class NoTokenException extends RuntimeException {
  private final transient LedgerError error;
  private final String advice;

  NoTokenException(LedgerError error, String advice, LedgerException cause) {
    super(cause);
    this.error = error;
    this.advice = advice;
  }

  LedgerError error() {
    return error;
  }

  String advice() {
    return advice;
  }
}
