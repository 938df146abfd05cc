// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Posting;
import dev.talea.ledger.rules.PostingRules;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a database says of a book whose counter is held: as much as a group needs to know, and then,
 * as drafts are accepted one after the other, how things would stand. Lives for one attempt on one
 * writer thread.
 */
final class BookState {

  /** An account, with everything accepted so far. */
  static final class AccountRow implements PostingRules.AccountState {
    final Account definition;
    final long accountSeq;
    final long assetSeq;
    Int128 balance;

    AccountRow(Account definition, long accountSeq, long assetSeq, Int128 balance) {
      this.definition = definition;
      this.accountSeq = accountSeq;
      this.assetSeq = assetSeq;
      this.balance = balance;
    }

    @Override
    public Account definition() {
      return definition;
    }

    @Override
    public Int128 rawBalance() {
      return balance;
    }
  }

  /** An asset that is registered. */
  record AssetRow(Asset asset, long assetSeq) {}

  /**
   * A transaction whose key is taken.
   *
   * @param draftBytes of its draft as it is stored; 0 if it is not stored yet
   * @param postings null if the draft is too large to be read before it is wanted, see {@link
   *     StoredDrafts}
   */
  record KnownTransaction(
      UUID txId, long seq, long at, int draftBytes, @Nullable List<Posting> postings) {}

  /** All debits and credits of the book in one asset. */
  record Total(BigInteger debits, BigInteger credits) {
    static final Total NONE = new Total(BigInteger.ZERO, BigInteger.ZERO);
  }

  /** What was asked for and cannot be read: the drafts that need it are refused, and no others. */
  static final class Damage {
    final Map<String, DamagedRowException> keys = new HashMap<>();
    final Map<String, DamagedRowException> accounts = new HashMap<>();
    final Map<String, DamagedRowException> assets = new HashMap<>();
    final Map<Long, DamagedRowException> totals = new HashMap<>();

    /** Everything. */
    List<DamagedRowException> all() {
      List<DamagedRowException> all = new ArrayList<>(keys.values());
      all.addAll(accounts.values());
      all.addAll(assets.values());
      all.addAll(totals.values());
      return all;
    }
  }

  /** 0 if there is no such book. */
  final int bookId;

  final long lastSeq;
  final long lastAt;

  /** The database's clock. */
  final long now;

  final Map<String, KnownTransaction> transactions = new HashMap<>();
  final Map<String, AccountRow> accounts = new HashMap<>();
  final Map<String, AssetRow> assets = new HashMap<>();
  final Map<Long, Total> totals = new HashMap<>();

  final Damage damage = new Damage();

  BookState(int bookId, long lastSeq, long lastAt, long now) {
    this.bookId = bookId;
    this.lastSeq = lastSeq;
    this.lastAt = lastAt;
    this.now = now;
  }
}
