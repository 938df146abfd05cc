// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

/**
 * A pointer to something outside the ledger, such as a bank statement line or a chain transaction.
 *
 * @param kind what it points to
 * @param value its name there
 */
public record ExternalRef(String kind, String value) {
  /** Null is no value, and is refused here: every ledger answers to it alike. */
  public ExternalRef {
    requireNonNull(kind, "kind");
    requireNonNull(value, "value");
  }
}
