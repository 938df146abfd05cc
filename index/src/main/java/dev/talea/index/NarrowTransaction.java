// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.index.record.TransactionRecord;
import dev.talea.ledger.Side;
import dev.talea.ledger.rules.NarrowRules;

/**
 * A transaction whose numbers all fit 64 bits, in arrays that the next one uses again: what nearly
 * all are, and what replaying millions of them must not make objects of. Whatever is in any way
 * special is none, and takes the way of drafts and {@link dev.talea.ledger.rules.PostingRules}.
 *
 * <p>Owned by one thread. What it was last {@link #take taken} for is valid until the next.
 */
final class NarrowTransaction {
  private final AccountEntry[] accounts = new AccountEntry[NarrowRules.POSTINGS_MAX];
  private final long[] changes = new long[NarrowRules.POSTINGS_MAX];
  private final long[] after = new long[NarrowRules.POSTINGS_MAX];
  private int postings;
  private long debits;

  /**
   * Takes what a record says, if it is such a transaction and is certain to be accepted as the
   * accounts stand. Changes none of them.
   */
  boolean take(TransactionRecord posted, AccountTable table) {
    postings = posted.postings();
    if (postings < 2 || postings > NarrowRules.POSTINGS_MAX || !posted.isPlain()) {
      return false;
    }
    debits = 0;
    AssetEntry asset = null;
    for (int i = 0; i < postings; i++) {
      AccountEntry account = table.numbered(posted.account(i));
      long amount = posted.narrowAmount(i);
      if (account == null || amount <= 0 || (asset != null && account.asset != asset)) {
        return false;
      }
      asset = account.asset;
      accounts[i] = account;
      if (posted.side(i) == Side.DEBIT) {
        changes[i] = amount;
        debits += amount;
        if (debits < 0) {
          return false;
        }
      } else {
        changes[i] = -amount;
      }
    }
    return NarrowRules.accepts(accounts, changes, postings, after)
        && asset().debits.fitsLongWith(debits)
        && asset().credits.fitsLongWith(debits);
  }

  int postings() {
    return postings;
  }

  AccountEntry account(int posting) {
    return accounts[posting];
  }

  /** The amount of a debit, less than nothing for a credit. */
  long change(int posting) {
    return changes[posting];
  }

  /** Raw balance of the posting's account after the transaction. */
  long balanceAfter(int posting) {
    return after[posting];
  }

  /** That of all its postings. */
  AssetEntry asset() {
    return accounts[0].asset;
  }

  /** Sum of its debits, which is that of its credits. */
  long debits() {
    return debits;
  }
}
