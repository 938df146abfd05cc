// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

/** An event cannot be the next one of its ledger. The message says which, and why. */
public final class ImpossibleEventException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public ImpossibleEventException(String message) {
    super(message);
  }
}
