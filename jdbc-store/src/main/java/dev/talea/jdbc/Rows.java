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
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.UUID;
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

  /** Makes something of the row a result set stands at. */
  interface Reader<T> {
    T read() throws SQLException;
  }

  /**
   * What a row holds.
   *
   * @param seqColumn where its seq stands; 0 if it has none
   * @throws DamagedRowException if the row does not hold what we write
   */
  static <T> T of(
      String table, @Nullable String book, ResultSet row, int seqColumn, Reader<T> reader)
      throws SQLException {
    try {
      return reader.read();
    } catch (DamagedRowException e) {
      throw e; // a row that was joined to this one
    } catch (RuntimeException e) {
      throw new DamagedRowException(
          table, book, seqColumn == 0 ? null : row.getLong(seqColumn), why(e), e);
    }
  }

  private static String why(RuntimeException e) {
    if (e instanceof NullPointerException) {
      return "a column is empty";
    }
    return e instanceof LedgerException refused && refused.error() instanceof InvalidDraft wrong
        ? wrong.field() + ": " + wrong.reason()
        : String.valueOf(e.getMessage());
  }

  /**
   * From idempotency_key, tx_id, seq, at, the bytes of the draft, draft.
   *
   * @param draftBytesMax the draft of a larger one is not there
   * @param found gets what can be read
   * @param damage gets what cannot
   */
  static void addTransaction(
      ResultSet row,
      String book,
      int draftBytesMax,
      Map<String, KnownTransaction> found,
      BookState.Damage damage)
      throws SQLException {
    String key = text(row, 1);
    int bytes = row.getInt(5);
    try {
      found.put(
          key,
          of(
              TRANSACTION,
              book,
              row,
              3,
              () ->
                  new KnownTransaction(
                      uuid(row, 2),
                      row.getLong(3),
                      row.getLong(4),
                      bytes,
                      bytes > draftBytesMax ? null : draft(row, 6, book).postings())));
    } catch (DamagedRowException e) {
      damage.keys.put(key, e);
    }
  }

  /** From path, account_seq, asset_seq, asset id, kind, normal_side, min_balance, balance. */
  static void addAccount(ResultSet row, String book, BookState state) throws SQLException {
    String path = text(row, 1);
    try {
      state.accounts.put(
          path,
          of(
              ACCOUNT,
              book,
              row,
              2,
              () -> {
                Int128 balance = int128(row, 8);
                return new AccountRow(
                    account(new AccountId(book, path), row, 4),
                    row.getLong(2),
                    row.getLong(3),
                    balance == null ? Int128.ZERO : balance);
              }));
    } catch (DamagedRowException e) {
      state.damage.accounts.put(path, e);
    }
  }

  /** From asset_seq in one column, debits and credits in another and the next. */
  static void addTotal(ResultSet row, int asset, int debits, String book, BookState state)
      throws SQLException {
    long assetSeq = row.getLong(asset);
    try {
      state.totals.put(
          assetSeq,
          of(TOTAL, book, row, 0, () -> new Total(integer(row, debits), integer(row, debits + 1))));
    } catch (DamagedRowException e) {
      state.damage.totals.put(assetSeq, e);
    }
  }

  /** From asset_seq, definition, id. */
  static void addAsset(ResultSet row, BookState state) throws SQLException {
    String id = text(row, 3);
    try {
      Asset asset = of(ASSET, DraftRules.SYSTEM_BOOK, row, 1, () -> asset(row, 2));
      state.assets.put(id, new AssetRow(asset, row.getLong(1)));
    } catch (DamagedRowException e) {
      state.damage.assets.put(id, e);
    }
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

  static TransactionDraft draft(ResultSet row, int column, String book) throws SQLException {
    TransactionDraft draft =
        DraftReader.transaction(text(row, column).getBytes(StandardCharsets.UTF_8));
    if (!draft.book().equals(book)) {
      throw new IllegalStateException("the draft is one for book '" + draft.book() + "'");
    }
    return draft;
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
    if (text == null) {
      return null;
    }
    Int128 value = Int128.parse(text);
    if (value == null) {
      throw new IllegalStateException("not an amount: " + text);
    }
    return value;
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
