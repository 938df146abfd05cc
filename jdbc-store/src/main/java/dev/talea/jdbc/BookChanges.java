// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Int128;
import dev.talea.ledger.TransactionDraft;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a group writes into the tables of one book, all of it at one commit time. Built by {@link
 * BookGroup}, written by a {@link WriteSession}.
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

  int events() {
    return assets.size() + accounts.size() + transactions.size();
  }
}
