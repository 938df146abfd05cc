// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountKind;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftReader;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What lies in the columns, as the ledger's own types, the same for every dialect. Stateless; any
 * thread.
 */
final class Rows {
  static final String TRANSACTION = "talea_transaction";
  static final String ACCOUNT = "talea_account";
  static final String TOTAL = "talea_total";
  static final String ASSET = "talea_asset";
  static final String POSTING = "talea_posting";

  private Rows() {}

  /** Makes something of the row an answer stands at. */
  interface Reader<T> {
    T read() throws SQLException;
  }

  /**
   * What a row holds.
   *
   * @param seq where its seq stands; null if it has none
   * @throws DamagedRowException if the row does not hold what we write
   */
  static <T> T of(
      String table, @Nullable String book, Row row, @Nullable Column seq, Reader<T> reader)
      throws SQLException {
    try {
      return reader.read();
    } catch (DamagedRowException e) {
      throw e; // a row that was joined to this one
    } catch (RuntimeException e) {
      throw new DamagedRowException(table, book, seq == null ? null : row.number(seq), why(e), e);
    }
  }

  /** What keeps a row from being read. */
  static String why(RuntimeException e) {
    if (e instanceof NullPointerException) {
      return "a column is empty";
    }
    return e instanceof LedgerException refused && refused.error() instanceof InvalidDraft wrong
        ? wrong.field() + ": " + wrong.reason()
        : String.valueOf(e.getMessage());
  }

  /**
   * Reads a transaction whose key is known.
   *
   * @param draftBytesMax the draft of a larger one is not there
   * @param found gets what can be read
   * @param damage gets what cannot
   */
  static void addTransaction(
      Row row,
      String book,
      int draftBytesMax,
      Map<String, KnownTransaction> found,
      BookState.Damage damage)
      throws SQLException {
    String key = row.text(Column.IDEMPOTENCY_KEY);
    int bytes = row.integer(Column.DRAFT_BYTES);
    try {
      found.put(
          key,
          of(
              TRANSACTION,
              book,
              row,
              Column.SEQ,
              () ->
                  new KnownTransaction(
                      row.uuid(Column.TX_ID),
                      row.number(Column.SEQ),
                      row.number(Column.AT),
                      bytes,
                      bytes > draftBytesMax ? null : draft(row, book).postings())));
    } catch (DamagedRowException e) {
      damage.keys.put(key, e);
    }
  }

  /** Reads an account and its raw balance. */
  static void addAccount(Row row, String book, BookState state) throws SQLException {
    String path = row.text(Column.PATH);
    try {
      state.accounts.put(
          path,
          of(
              ACCOUNT,
              book,
              row,
              Column.ACCOUNT_SEQ,
              () -> {
                Int128 balance = row.int128OrNull(Column.BALANCE);
                return new AccountRow(
                    account(new AccountId(book, path), row),
                    row.number(Column.ACCOUNT_SEQ),
                    row.number(Column.ASSET_SEQ),
                    balance == null ? Int128.ZERO : balance);
              }));
    } catch (DamagedRowException e) {
      state.damage.accounts.put(path, e);
    }
  }

  /** Reads the totals of an asset, if there are any. */
  static void addTotal(Row row, String book, BookState state) throws SQLException {
    if (!row.has(Column.DEBITS)) {
      return;
    }
    long assetSeq = row.number(Column.ASSET_SEQ);
    try {
      state.totals.put(
          assetSeq,
          of(
              TOTAL,
              book,
              row,
              null,
              () -> new Total(row.large(Column.DEBITS), row.large(Column.CREDITS))));
    } catch (DamagedRowException e) {
      state.damage.totals.put(assetSeq, e);
    }
  }

  /** Reads a registered asset. */
  static void addAsset(Row row, BookState state) throws SQLException {
    String id = row.text(Column.ASSET);
    try {
      Asset asset = of(ASSET, DraftRules.SYSTEM_BOOK, row, Column.ASSET_SEQ, () -> asset(row));
      state.assets.put(id, new AssetRow(asset, row.number(Column.ASSET_SEQ)));
    } catch (DamagedRowException e) {
      state.damage.assets.put(id, e);
    }
  }

  static Account account(AccountId id, Row row) throws SQLException {
    return new Account(
        id,
        row.text(Column.ASSET),
        known("kind of account", AccountKind.values(), AccountKind::word, row.text(Column.KIND)),
        side(row.textOrNull(Column.NORMAL_SIDE)),
        row.int128OrNull(Column.MIN_BALANCE));
  }

  static Asset asset(Row row) throws SQLException {
    return DraftReader.asset(row.text(Column.DEFINITION).getBytes(StandardCharsets.UTF_8));
  }

  static TransactionDraft draft(Row row, String book) throws SQLException {
    TransactionDraft draft =
        DraftReader.transaction(row.text(Column.DRAFT).getBytes(StandardCharsets.UTF_8));
    if (!draft.book().equals(book)) {
      throw new IllegalStateException("the draft is one for book '" + draft.book() + "'");
    }
    return draft;
  }

  /** JSON as the columns take it. */
  static String utf8(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }

  /** Of a statement that asks for one thing only. */
  static String text(ResultSet row, int column) throws SQLException {
    return requireNonNull(row.getString(column));
  }

  static @Nullable String text(@Nullable Int128 value) {
    return value == null ? null : value.toString();
  }

  static @Nullable String sideWord(@Nullable Side side) {
    return side == null ? null : side.word();
  }

  private static @Nullable Side side(@Nullable String word) {
    return word == null ? null : known("side", Side.values(), Side::word, word);
  }

  private static <T> T known(String what, T[] all, Function<T, String> spelling, String word) {
    for (T each : all) {
      if (spelling.apply(each).equals(word)) {
        return each;
      }
    }
    throw new IllegalStateException("not a " + what + ": " + word);
  }
}
