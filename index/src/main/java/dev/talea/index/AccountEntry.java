// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.Chain;
import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.rules.PostingRules;

/**
 * An account in memory: its definition, its number in the book, and the end of its chain of
 * postings.
 *
 * <p>The book's writer owns the balance; readers use the immutable part and the head of the chain,
 * and take the balance from the posting it leads to.
 */
final class AccountEntry implements PostingRules.AccountState {
  private final Account definition;

  /** The definition's, two steps nearer: looking an account up waits for memory at each step. */
  final String path;

  final int number;
  final AssetEntry asset;
  final Chain chain = new Chain();

  /** Raw balance with everything accepted so far, durable or not. */
  Int128 balance = Int128.ZERO;

  AccountEntry(Account definition, int number, AssetEntry asset) {
    this.definition = definition;
    this.path = definition.id().path();
    this.number = number;
    this.asset = asset;
  }

  @Override
  public Account definition() {
    return definition;
  }

  @Override
  public Int128 rawBalance() {
    return balance;
  }

  /** Whether readers may know of it: its opening is on disk. */
  boolean visible() {
    return chain.head() != Chain.HIDDEN;
  }
}
