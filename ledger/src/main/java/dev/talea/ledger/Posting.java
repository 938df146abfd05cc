// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

/**
 * One leg of a transaction.
 *
 * @param account path of the account within the transaction's book
 * @param minor amount in minor units of {@code asset}, above 0 in an acceptable draft
 * @param asset id of the asset, which must be the account's
 * @param direction debit or credit
 */
public record Posting(String account, Int128 minor, String asset, Side direction) {
  /** Null is no value, and is refused here: every ledger answers to it alike. */
  public Posting {
    requireNonNull(account, "account");
    requireNonNull(minor, "minor");
    requireNonNull(asset, "asset");
    requireNonNull(direction, "direction");
  }
}
