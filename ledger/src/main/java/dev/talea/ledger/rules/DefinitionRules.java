// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.rules;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.LedgerError;
import dev.talea.ledger.LedgerError.AlreadyExists;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an asset or an account that is there already: the same definition again is a
 * retry and fine, another one is refused. Apart from {@link GroupRules} because definitions carry
 * no key and move no money.
 *
 * <p>Stateless; any thread.
 */
public final class DefinitionRules {
  private DefinitionRules() {}

  /** The answer to an opening of an account that is open: null if the definitions are the same. */
  public static @Nullable LedgerError again(Account existing, Account wanted) {
    return existing.equals(wanted) ? null : new AlreadyExists("account " + wanted.id().key());
  }

  /** The answer to a registration of an asset that is there: null if they are the same. */
  public static @Nullable LedgerError again(Asset existing, Asset wanted) {
    return existing.equals(wanted) ? null : new AlreadyExists("asset " + wanted.id());
  }

  /**
   * The answer to a registration of an asset that is not registered, though accounts hold it.
   *
   * @param precision the fraction digits that these accounts count with
   * @return null if the asset wanted has the same
   */
  public static @Nullable LedgerError held(int precision, Asset wanted) {
    return precision == wanted.precision()
        ? null
        : new AlreadyExists(
            "asset " + wanted.id() + " (accounts hold it with precision " + precision + ")");
  }
}
