// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The balance of an account, now or at a moment.
 *
 * @param account whose
 * @param asset id of its asset
 * @param precision fraction digits of that asset
 * @param effective effective balance in minor units: debits - credits, negated for a credit-normal
 *     account
 * @param asOf the moment asked for, inclusive, by commit time; null if now was asked for
 * @param updatedSeq seq of the last transaction that touched the account by then; 0 if none
 */
public record BalanceView(
    AccountId account,
    String asset,
    int precision,
    Int128 effective,
    @Nullable Instant asOf,
    long updatedSeq) {

  /**
   * The balance in major units as decimal text with exactly {@code precision} fraction digits: (5,
   * 2) is {@code 0.05}.
   */
  public String balance() {
    return effective.toDecimalString(precision);
  }
}
