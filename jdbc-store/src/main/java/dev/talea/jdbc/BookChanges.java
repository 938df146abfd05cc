// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.rules.PostingRules.Accepted;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a group writes into the tables of one book, all of it at one commit time. Built by {@link
 * BookGroup} and by {@link SqlImport}, written by a {@link WriteSession}.
 */
final class BookChanges {

  /** A transaction to be inserted. */
  record NewTransaction(long seq, UUID txId, TransactionDraft draft) {}

  /**
   * A posting to be inserted.
   *
   * @param amount debits above zero, credits below
   * @param balance raw balance of the account after the whole transaction
   */
  record NewPosting(long accountSeq, long seq, int ordinal, Int128 amount, Int128 balance) {}

  final int bookId;
  final String book;
  final long at;
  final List<AssetRow> assets = new ArrayList<>();
  final List<AccountRow> accounts = new ArrayList<>();
  final List<NewTransaction> transactions = new ArrayList<>();
  final List<NewPosting> postings = new ArrayList<>();

  /** How the totals stand after the group; only those it changed. */
  final Map<Long, Total> totals = new HashMap<>();

  /** Of those, the ones the book had no row for. */
  final Set<Long> newTotals = new HashSet<>();

  long lastSeq;

  BookChanges(int bookId, String book, long at, long lastSeq) {
    this.bookId = bookId;
    this.book = book;
    this.at = at;
    this.lastSeq = lastSeq;
  }

  /**
   * A transaction that the rules have accepted: its row, those of its postings, and what becomes of
   * the accounts' balances and the book's totals.
   *
   * @param totalsBefore of the book, without what this group has changed
   */
  void post(
      long seq,
      UUID txId,
      TransactionDraft draft,
      Accepted<AccountRow> accepted,
      Map<Long, Total> totalsBefore) {
    transactions.add(new NewTransaction(seq, txId, draft));
    List<Posting> all = draft.postings();
    for (int i = 0; i < all.size(); i++) {
      AccountRow account = accepted.accounts().get(i);
      Int128 after = accepted.balancesAfter().get(i);
      account.balance = after;
      Posting posting = all.get(i);
      boolean debit = posting.direction() == Side.DEBIT;
      postings.add(
          new NewPosting(
              account.accountSeq,
              seq,
              i,
              debit ? posting.minor() : posting.minor().negated(),
              after));
      add(account.assetSeq, posting.minor().toBigInteger(), debit, totalsBefore);
    }
  }

  private void add(long assetSeq, BigInteger minor, boolean debit, Map<Long, Total> before) {
    Total now = totals.get(assetSeq);
    if (now == null) {
      now = before.get(assetSeq);
    }
    if (now == null) {
      now = Total.NONE;
      newTotals.add(assetSeq);
    }
    totals.put(
        assetSeq,
        debit
            ? new Total(now.debits().add(minor), now.credits())
            : new Total(now.debits(), now.credits().add(minor)));
  }

  int events() {
    return assets.size() + accounts.size() + transactions.size();
  }
}
