// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * An account and, since an opening is its whole definition, also the draft of one.
 *
 * @param id book and path
 * @param asset the one asset it holds for life
 * @param kind a label
 * @param normalSide the side on which it grows; null is debit-positive
 * @param minBalance floor of the effective balance in minor units, checked at every posting but not
 *     at opening; null for none
 */
public record Account(
    AccountId id,
    String asset,
    AccountKind kind,
    @Nullable Side normalSide,
    @Nullable Int128 minBalance) {
  /** Null where none is declared is refused here: every ledger answers to it alike. */
  public Account {
    requireNonNull(id, "id");
    requireNonNull(asset, "asset");
    requireNonNull(kind, "kind");
  }

  /** Whether the effective balance is the raw one (debits - credits) negated. */
  public boolean creditNormal() {
    return normalSide == Side.CREDIT;
  }
}
