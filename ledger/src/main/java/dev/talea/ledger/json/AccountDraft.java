// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Side;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The body of an account opening as it was read: of the right shape, its words not yet looked at.
 * Between reading and {@link #account} a server asks whether the caller may write to the book.
 */
public record AccountDraft(
    AccountId id,
    String asset,
    String kind,
    @Nullable Side normalSide,
    @Nullable Int128 minBalance) {

  /**
   * What is to be opened.
   *
   * @throws LedgerException {@link InvalidDraft} if there is no such kind
   */
  public Account account() {
    for (AccountKind known : AccountKind.values()) {
      if (known.word().equals(kind)) {
        return new Account(id, asset, known, normalSide, minBalance);
      }
    }
    String words =
        Arrays.stream(AccountKind.values())
            .map(AccountKind::word)
            .collect(Collectors.joining(", "));
    throw new LedgerException(new InvalidDraft("kind", "is not one of " + words));
  }
}
