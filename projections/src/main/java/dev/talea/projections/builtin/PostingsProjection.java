// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.builtin;

import dev.talea.ledger.Account;
import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.projections.Dialect;
import dev.talea.projections.EventBatch;
import dev.talea.projections.Projection;
import dev.talea.projections.Selection;
import dev.talea.projections.Tables;
import dev.talea.projections.Values;
import java.math.BigInteger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One row a posting: the table for reports, and what statements are computed from. Amounts and
 * balances are raw, in minor units, debits positive; the balance is that of the account behind this
 * posting. Beside it the accounts with their balances, and what precision assets have.
 *
 * <p>Stateless.
 */
public final class PostingsProjection implements Projection {
  private static final String ADD_ASSET =
      "INSERT INTO {postings_asset} (asset, digits) VALUES (?, ?)";
  private static final String ADD_ACCOUNT =
      "INSERT INTO {postings_account} (book, account, kind, asset, normal_side, balance) VALUES (?,"
          + " ?, ?, ?, ?, ?)";
  private static final String SET_BALANCE =
      "UPDATE {postings_account} SET balance = ? WHERE book = ? AND account = ?";
  private static final String ADD_POSTING =
      "INSERT INTO {postings} (book, seq, posting, tx_id, key, account, kind, asset, amount,"
          + " balance, committed_at, occurred_at, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
          + " ?, ?, ?)";

  /** The one there is; another would be the same. */
  public PostingsProjection() {}

  @Override
  public String name() {
    return "postings";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public Selection selects() {
    return Selection.ALL;
  }

  @Override
  public List<String> tables() {
    return List.of("postings", "postings_account", "postings_asset");
  }

  @Override
  public List<String> schema(Dialect dialect) {
    return List.of(
        "CREATE TABLE {postings_asset} (asset TEXT PRIMARY KEY, digits INTEGER NOT NULL)",
        """
        CREATE TABLE {postings_account} (
          book TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, asset TEXT NOT NULL,
          normal_side TEXT, balance %s NOT NULL, PRIMARY KEY (book, account))"""
            .formatted(dialect.amount()),
        """
        CREATE TABLE {postings} (
          book TEXT NOT NULL, seq BIGINT NOT NULL, posting INTEGER NOT NULL, tx_id %s NOT NULL,
          key TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, asset TEXT NOT NULL,
          amount %s NOT NULL, balance %s NOT NULL, committed_at %s NOT NULL,
          occurred_at %s NOT NULL, metadata %s, PRIMARY KEY (book, seq, posting))"""
            .formatted(
                dialect.uuid(),
                dialect.amount(),
                dialect.amount(),
                dialect.time(),
                dialect.time(),
                dialect.json()),
        "CREATE INDEX {postings}_by_time ON {postings} (book, account, occurred_at, seq, posting)");
  }

  @Override
  public Map<String, String> views(Dialect dialect) {
    return Map.of(
        "postings_decimal",
        "SELECT p.book, p.seq, p.posting, p.tx_id, p.key, p.account, p.kind, p.asset, "
            + dialect.scaled("p.amount", "a.digits")
            + " AS amount, "
            + dialect.scaled("p.balance", "a.digits")
            + " AS balance, p.committed_at, p.occurred_at, p.metadata FROM {postings} p JOIN"
            + " {postings_asset} a ON a.asset = p.asset");
  }

  /** An account, and its balance as the batch goes by. */
  private static final class State {
    final String kind;
    BigInteger balance;
    boolean changed;

    State(String kind, BigInteger balance) {
      this.kind = kind;
      this.balance = balance;
    }
  }

  @Override
  public void apply(EventBatch batch, Tables tables) throws SQLException {
    Map<String, State> accounts = new TreeMap<>();
    Set<String> touched = new LinkedHashSet<>();
    for (Event event : batch.events()) {
      switch (event.payload().kind()) {
        case ASSET_REGISTERED -> {
          Event.AssetRegistered registered = (Event.AssetRegistered) event.payload();
          tables.update(ADD_ASSET, registered.asset().id(), registered.asset().precision());
        }
        case ACCOUNT_OPENED -> {
          Account account = ((Event.AccountOpened) event.payload()).account();
          String kind = word(account.kind());
          accounts.put(account.id().path(), new State(kind, BigInteger.ZERO));
          Side side = account.normalSide();
          tables.update(
              ADD_ACCOUNT,
              batch.book(),
              account.id().path(),
              kind,
              account.asset(),
              side == null ? null : word(side),
              BigInteger.ZERO);
        }
        case TRANSACTION_POSTED -> {
          for (Posting posting : ((Event.TransactionPosted) event.payload()).draft().postings()) {
            touched.add(posting.account());
          }
        }
      }
    }
    touched.removeAll(accounts.keySet());
    load(batch.book(), touched, accounts, tables);
    for (Event event : batch.events()) {
      if (event.payload() instanceof Event.TransactionPosted posted) {
        add(batch.book(), event, posted, accounts, tables);
      }
    }
    for (Map.Entry<String, State> account : accounts.entrySet()) {
      if (account.getValue().changed) {
        tables.update(SET_BALANCE, account.getValue().balance, batch.book(), account.getKey());
      }
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT);
  }

  private static void load(
      String book, Set<String> paths, Map<String, State> accounts, Tables tables)
      throws SQLException {
    if (paths.isEmpty()) {
      return;
    }
    String ask =
        "SELECT account, kind, balance FROM {postings_account} WHERE book = ? AND "
            + tables.dialect().isIn("account");
    List<String> all = new ArrayList<>(paths);
    tables.query(
        ask,
        row -> accounts.put(row.getString(1), new State(row.getString(2), Values.amount(row, 3))),
        book,
        Values.texts(all));
  }

  private static void add(
      String book,
      Event event,
      Event.TransactionPosted posted,
      Map<String, State> accounts,
      Tables tables)
      throws SQLException {
    TransactionDraft draft = posted.draft();
    int number = 0;
    for (Posting posting : draft.postings()) {
      State account = accounts.get(posting.account());
      if (account == null) {
        throw new IllegalStateException(
            "Account '" + posting.account() + "' of book '" + book + "' was never opened.");
      }
      BigInteger amount = Amounts.signed(posting);
      account.balance = account.balance.add(amount);
      account.changed = true;
      tables.update(
          ADD_POSTING,
          book,
          event.seq(),
          number++,
          posted.id(),
          draft.idempotencyKey(),
          posting.account(),
          account.kind,
          posting.asset(),
          amount,
          account.balance,
          event.at(),
          draft.occurredAt(),
          draft.metadata());
    }
  }
}
