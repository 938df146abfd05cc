// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewPosting;
import dev.talea.jdbc.BookChanges.NewTransaction;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Account;
import dev.talea.ledger.Int128;
import dev.talea.ledger.TxId;
import dev.talea.ledger.json.DraftWriter;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactions of SQLite's one writer. The database is in this process, so a statement costs no
 * round trip and sets are walked row by row with statements that stay prepared.
 *
 * <p>Outlives its transactions: closing ends one, {@link #discard} the connection. For one thread
 * at a time, see {@link SqliteDatabase}.
 */
final class SqliteSession implements WriteSession {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteSession.class);

  /** Every one, for those who want to know how the database goes about them. */
  private static final List<Query> STATEMENTS = new ArrayList<>();

  /** Asked rarely enough to walk: see {@link #freeNumber}. */
  private static final Query GAP =
      new Query(
          """
          SELECT min(b.book_id) + 1 AS book_id FROM talea_book b WHERE NOT EXISTS
            (SELECT 1 FROM talea_book n WHERE n.book_id = b.book_id + 1)""");

  private static final Query LARGEST = query("SELECT max(book_id) AS book_id FROM talea_book");
  private static final Query CREATE_BOOK =
      query(
          "INSERT INTO talea_book (book_id, name, last_seq, last_at, accounts)"
              + " VALUES (:bookid, :book, 0, 0, 0)");
  private static final Query BOOK =
      query("SELECT book_id, last_seq, last_at FROM talea_book WHERE name = :book");
  private static final Query TRANSACTION =
      query(
          """
          SELECT idempotency_key, tx_id, seq, at, octet_length(draft) AS draft_bytes,
            CASE WHEN octet_length(draft) <= :bytes THEN draft END AS draft
          FROM talea_transaction WHERE book_id = :bookid AND idempotency_key = :key""");
  private static final Query ACCOUNT =
      query(
          """
          SELECT a.path, a.account_seq, a.asset_seq, s.id AS asset, a.kind, a.normal_side,
            a.min_balance,
            (SELECT p.balance FROM talea_posting p
              WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq
              ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1) AS balance
          FROM talea_account a JOIN talea_asset s USING (asset_seq)
          WHERE a.book_id = :bookid AND a.path = :path""");
  private static final Query TOTAL =
      query(
          """
          SELECT asset_seq, debits, credits FROM talea_total
          WHERE book_id = :bookid AND asset_seq = :asset""");
  private static final Query ASSET =
      query("SELECT asset_seq, definition, id AS asset FROM talea_asset WHERE id = :id");
  private static final Query INSERT_ASSET =
      query(
          """
          INSERT INTO talea_asset (asset_seq, at, id, definition)
          VALUES (:seq, :at, :id, :definition)""");
  private static final Query INSERT_ACCOUNT =
      query(
          """
          INSERT INTO talea_account
            (book_id, account_seq, at, path, asset_seq, kind, normal_side, min_balance)
          VALUES (:bookid, :seq, :at, :path, :asset, :kind, :side, :floor)""");
  private static final Query INSERT_TRANSACTION =
      query(
          """
          INSERT INTO talea_transaction (book_id, seq, at, tx_id, idempotency_key, draft)
          VALUES (:bookid, :seq, :at, :id, :key, :draft)""");
  private static final Query INSERT_POSTING =
      query(
          """
          INSERT INTO talea_posting (book_id, account_seq, seq, ordinal, amount, balance)
          VALUES (:bookid, :account, :seq, :ordinal, :amount, :balance)""");
  // Two statements and not one that does either: a total we do not know of is not overwritten.
  private static final Query INSERT_TOTAL =
      query(
          """
          INSERT INTO talea_total (debits, credits, book_id, asset_seq)
          VALUES (:debits, :credits, :bookid, :asset)""");
  private static final Query UPDATE_TOTAL =
      query(
          """
          UPDATE talea_total SET debits = :debits, credits = :credits
          WHERE book_id = :bookid AND asset_seq = :asset""");
  private static final Query INSERT_TOTAL_AT =
      query(
          """
          INSERT INTO talea_total_at (debits, credits, book_id, asset_seq, seq)
          VALUES (:debits, :credits, :bookid, :asset, :last)""");
  private static final Query INSERT_COMMIT =
      query("INSERT INTO talea_commit (book_id, at, last_seq) VALUES (:bookid, :at, :last)");
  private static final Query UPDATE_BOOK =
      query(
          """
          UPDATE talea_book SET last_seq = :last, last_at = :at, accounts = accounts + :more
          WHERE book_id = :bookid""");
  private static final Query PROBE =
      query("UPDATE talea_book SET last_at = last_at WHERE name = '_system'");

  private static Query query(String text) {
    Query made = new Query(text);
    STATEMENTS.add(made);
    return made;
  }

  private final Connection connection;
  private final SqliteClock clock;
  private final Runnable onClose;
  private final Map<Query, PreparedStatement> prepared = new HashMap<>();

  /**
   * @param connection with autocommit on, whose transactions begin {@code IMMEDIATE}
   * @param clock gives commit times
   * @param onClose called at the end of each transaction
   */
  SqliteSession(Connection connection, SqliteClock clock, Runnable onClose) {
    this.connection = connection;
    this.clock = clock;
    this.onClose = onClose;
  }

  /**
   * Takes the file's write lock. The driver begins the next transaction as soon as one has been
   * committed, unless autocommit is on between them: we would hold the lock with nothing to write,
   * and other processes would wait in vain.
   */
  void begin() throws SQLException {
    connection.setAutoCommit(false);
  }

  static List<Query> statements() {
    return List.copyOf(STATEMENTS);
  }

  private PreparedStatement statement(Query query) throws SQLException {
    PreparedStatement statement = prepared.get(query);
    if (statement == null) {
      statement = query.prepare(connection);
      prepared.put(query, statement);
    }
    return statement;
  }

  private void run(Query query, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = statement(query);
    query.bind(statement, 1, values);
    statement.executeUpdate();
  }

  /**
   * The number of a new book. It is the tag in the ids of its transactions, and books that were
   * imported have brought theirs along: behind the largest there may be no room left.
   */
  private long freeNumber() throws SQLException {
    long[] free = new long[1];
    each(LARGEST, row -> free[0] = row.number(Column.BOOK_ID) + 1);
    if (free[0] > TxId.TAG_MASK) {
      each(GAP, row -> free[0] = row.number(Column.BOOK_ID));
    }
    return free[0];
  }

  private void each(Query query, Query.Taker taker, Object... values) throws SQLException {
    try (ResultSet answer = query.ask(statement(query), values)) {
      Row row = query.rows(answer);
      while (row.next()) {
        taker.take(row);
      }
    }
  }

  @Override
  public BookState read(BookQuestion question) throws SQLException {
    BookState state = book(question.book());
    readAssets(question.assets(), state);
    // Without an asset nothing can be opened, and the book would stay empty.
    if (state.bookId == 0 && question.opens() && !state.assets.isEmpty()) {
      run(CREATE_BOOK, freeNumber(), question.book());
      state = book(question.book());
      readAssets(question.assets(), state);
    }
    readTransactions(
        question.book(), question.keys(), question.draftBytesMax(), state, state.transactions);
    BookState found = state;
    for (String path : question.paths()) {
      each(ACCOUNT, row -> Rows.addAccount(row, question.book(), found), state.bookId, path);
    }
    readTotals(question.book(), state);
    return state;
  }

  private void readTransactions(
      String book,
      Set<String> keys,
      int draftBytesMax,
      BookState state,
      Map<String, KnownTransaction> found)
      throws SQLException {
    // Bound by hand: it is asked for each draft, and nearly always for nothing.
    PreparedStatement ask = statement(TRANSACTION);
    for (String key : keys) {
      ask.setInt(1, draftBytesMax);
      ask.setInt(2, state.bookId);
      ask.setString(3, key);
      try (ResultSet answer = ask.executeQuery()) {
        if (answer.next()) {
          Rows.addTransaction(TRANSACTION.rows(answer), book, draftBytesMax, found, state.damage);
        }
      }
    }
  }

  @Override
  public Map<String, KnownTransaction> readDrafts(String book, BookState state, Set<String> keys)
      throws SQLException {
    Map<String, KnownTransaction> found = new HashMap<>();
    readTransactions(book, keys, Integer.MAX_VALUE, state, found);
    return found;
  }

  private BookState book(String name) throws SQLException {
    List<BookState> found = new ArrayList<>(1);
    each(
        BOOK,
        row ->
            found.add(
                new BookState(
                    row.integer(Column.BOOK_ID),
                    row.number(Column.LAST_SEQ),
                    row.number(Column.LAST_AT),
                    clock.micros())),
        name);
    return found.isEmpty() ? new BookState(0, 0, 0, clock.micros()) : found.get(0);
  }

  private void readTotals(String book, BookState state) throws SQLException {
    Set<Long> assets = new HashSet<>();
    for (AccountRow account : state.accounts.values()) {
      assets.add(account.assetSeq);
    }
    // Of an account that this very group opens the account cannot be asked.
    for (AssetRow asset : state.assets.values()) {
      assets.add(asset.assetSeq());
    }
    for (long asset : assets) {
      each(TOTAL, row -> Rows.addTotal(row, book, state), state.bookId, asset);
    }
  }

  private void readAssets(Set<String> ids, BookState state) throws SQLException {
    for (String id : ids) {
      each(ASSET, row -> Rows.addAsset(row, state), id);
    }
  }

  @Override
  public void write(BookChanges changes) throws SQLException {
    for (AssetRow row : changes.assets) {
      String definition = Rows.utf8(DraftWriter.asset(row.asset()));
      run(INSERT_ASSET, row.assetSeq(), changes.at, row.asset().id(), definition);
    }
    for (AccountRow row : changes.accounts) {
      Account account = row.definition;
      run(
          INSERT_ACCOUNT,
          changes.bookId,
          row.accountSeq,
          changes.at,
          account.id().path(),
          row.assetSeq,
          account.kind().word(),
          Rows.sideWord(account.normalSide()),
          account.minBalance() == null ? null : value(account.minBalance()));
    }
    for (NewTransaction row : changes.transactions) {
      run(
          INSERT_TRANSACTION,
          changes.bookId,
          row.seq(),
          changes.at,
          row.txId().toString(),
          row.draft().idempotencyKey(),
          Rows.utf8(DraftWriter.transaction(row.draft())));
    }
    for (NewPosting row : changes.postings) {
      run(
          INSERT_POSTING,
          changes.bookId,
          row.accountSeq(),
          row.seq(),
          row.ordinal(),
          value(row.amount()),
          value(row.balance()));
    }
    for (Map.Entry<Long, Total> total : changes.totals.entrySet()) {
      Long asset = total.getKey();
      Object debits = value(total.getValue().debits());
      Object credits = value(total.getValue().credits());
      Query now = changes.newTotals.contains(asset) ? INSERT_TOTAL : UPDATE_TOTAL;
      run(now, debits, credits, changes.bookId, asset);
      run(INSERT_TOTAL_AT, debits, credits, changes.bookId, asset, changes.lastSeq);
    }
    run(INSERT_COMMIT, changes.bookId, changes.at, changes.lastSeq);
    run(UPDATE_BOOK, changes.lastSeq, changes.at, changes.accounts.size(), changes.bookId);
  }

  /** A number if SQLite has such large ones, else text. */
  private static Object value(Int128 value) {
    return value.fitsLong() ? (Object) value.toLong() : value.toString();
  }

  private static Object value(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value.toString();
  }

  @Override
  public void commit() throws SQLException {
    connection.setAutoCommit(true); // which commits
  }

  @Override
  public void rollback() throws SQLException {
    connection.rollback();
    connection.setAutoCommit(true);
  }

  @Override
  public void close() {
    onClose.run();
  }

  @Override
  public void probe() throws SQLException {
    run(PROBE);
  }

  /**
   * Copies the log of changes into the file and empties it; outside of a transaction.
   *
   * @param busyMillis how long to wait for others who read or write, from now on
   * @return whether that was possible; else others are at it
   */
  boolean checkpoint(int busyMillis) throws SQLException {
    waitForLocks(busyMillis);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      return row.next() && row.getInt(1) == 0;
    }
  }

  /** How long is waited for others' locks. */
  void waitForLocks(int busyMillis) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = " + busyMillis);
    }
  }

  /** Lets go of the connection; what was not committed is forgotten. */
  void discard() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("A connection could not be closed", e);
    }
  }
}
