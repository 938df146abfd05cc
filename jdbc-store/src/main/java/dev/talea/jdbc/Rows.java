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
import dev.talea.ledger.Int128;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.json.DraftReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What lies in the columns, as the ledger's own types, the same for every dialect. Stateless; any
 * thread.
 */
final class Rows {
  private Rows() {}

  /** From idempotency_key, tx_id, seq, at, draft. */
  static void addTransaction(ResultSet row, BookState state) throws SQLException {
    state.transactions.put(
        text(row, 1),
        new KnownTransaction(
            uuid(row, 2), row.getLong(3), row.getLong(4), draft(row, 5).postings()));
  }

  /** From path, account_seq, asset_seq, asset id, kind, normal_side, min_balance, balance. */
  static void addAccount(ResultSet row, String book, BookState state) throws SQLException {
    String path = text(row, 1);
    Int128 balance = int128(row, 8);
    state.accounts.put(
        path,
        new AccountRow(
            account(new AccountId(book, path), row, 4),
            row.getLong(2),
            row.getLong(3),
            balance == null ? Int128.ZERO : balance));
  }

  /** From asset_seq in one column, debits and credits in another and the next. */
  static void addTotal(ResultSet row, int asset, int debits, BookState state) throws SQLException {
    state.totals.put(row.getLong(asset), new Total(integer(row, debits), integer(row, debits + 1)));
  }

  /** From asset_seq, definition. */
  static void addAsset(ResultSet row, BookState state) throws SQLException {
    Asset asset = asset(row, 2);
    state.assets.put(asset.id(), new AssetRow(asset, row.getLong(1)));
  }

  /** From asset id, kind, normal_side, min_balance, beginning with column {@code first}. */
  static Account account(AccountId id, ResultSet row, int first) throws SQLException {
    return new Account(
        id,
        text(row, first),
        kind(text(row, first + 1)),
        side(row.getString(first + 2)),
        int128(row, first + 3));
  }

  static Asset asset(ResultSet row, int column) throws SQLException {
    return DraftReader.asset(text(row, column).getBytes(StandardCharsets.UTF_8));
  }

  static TransactionDraft draft(ResultSet row, int column) throws SQLException {
    return DraftReader.transaction(text(row, column).getBytes(StandardCharsets.UTF_8));
  }

  /** JSON as the columns take it. */
  static String utf8(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }

  static UUID uuid(ResultSet row, int column) throws SQLException {
    return UUID.fromString(text(row, column));
  }

  static String text(ResultSet row, int column) throws SQLException {
    return requireNonNull(row.getString(column));
  }

  static BigInteger integer(ResultSet row, int column) throws SQLException {
    return new BigInteger(text(row, column));
  }

  static @Nullable Int128 int128(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    return text == null ? null : requireNonNull(Int128.parse(text), text);
  }

  static @Nullable String text(@Nullable Int128 value) {
    return value == null ? null : value.toString();
  }

  static @Nullable String sideWord(@Nullable Side side) {
    return side == null ? null : side.word();
  }

  private static @Nullable Side side(@Nullable String word) {
    for (Side side : Side.values()) {
      if (side.word().equals(word)) {
        return side;
      }
    }
    if (word != null) {
      throw new IllegalStateException("not a side: " + word);
    }
    return null;
  }

  private static AccountKind kind(String word) {
    for (AccountKind kind : AccountKind.values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new IllegalStateException("not a kind of account: " + word);
  }
}
