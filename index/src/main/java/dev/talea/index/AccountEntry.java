// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.Chain;
import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.rules.NarrowRules;
import dev.talea.ledger.rules.PostingRules;

/**
 * An account in memory: its definition, its number in the book, and the end of its chain of
 * postings.
 *
 * <p>The book's writer owns the balance; readers use the immutable part and the head of the chain,
 * and take the balance from the posting it leads to.
 */
final class AccountEntry implements PostingRules.AccountState, NarrowRules.NarrowAccount {
  private final Account definition;

  /** The definition's, two steps nearer: looking an account up waits for memory at each step. */
  final String path;

  final int number;
  final AssetEntry asset;
  final Chain chain = new Chain();

  /**
   * Raw balance with everything accepted so far, durable or not, in halves: an object would be one
   * more wait for memory a posting, and a reference that the collector has to note.
   */
  private long balanceHigh;

  private long balanceLow;

  private final long leastBalance;
  private final long mostBalance;

  AccountEntry(Account definition, int number, AssetEntry asset) {
    this.definition = definition;
    this.path = definition.id().path();
    this.number = number;
    this.asset = asset;
    this.leastBalance = NarrowRules.least(definition);
    this.mostBalance = NarrowRules.most(definition);
  }

  @Override
  public Account definition() {
    return definition;
  }

  @Override
  public Int128 rawBalance() {
    return Int128.ofParts(balanceHigh, balanceLow);
  }

  void rawBalance(Int128 balance) {
    balanceHigh = balance.high();
    balanceLow = balance.low();
  }

  @Override
  public boolean isNarrow() {
    return balanceHigh == balanceLow >> (Long.SIZE - 1);
  }

  @Override
  public long narrowBalance() {
    return balanceLow;
  }

  void narrowBalance(long balance) {
    balanceHigh = balance >> (Long.SIZE - 1);
    balanceLow = balance;
  }

  @Override
  public long leastBalance() {
    return leastBalance;
  }

  @Override
  public long mostBalance() {
    return mostBalance;
  }

  /** Whether readers may know of it: its opening is on disk. */
  boolean visible() {
    return chain.head() != Chain.HIDDEN;
  }
}
