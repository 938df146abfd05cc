// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

/**
 * An account with its balance as it is now.
 *
 * @param account its definition
 * @param precision fraction digits of its asset
 * @param effective effective balance in minor units: debits - credits, negated for a credit-normal
 *     account
 * @param updatedSeq seq of the last transaction that touched it; 0 if none
 */
public record AccountView(Account account, int precision, Int128 effective, long updatedSeq) {

  /** The balance in major units, spelled as in {@link BalanceView#balance}. */
  public String balance() {
    return effective.toDecimalString(precision);
  }
}
