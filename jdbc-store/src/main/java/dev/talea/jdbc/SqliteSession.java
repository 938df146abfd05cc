// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewPosting;
import dev.talea.jdbc.BookChanges.NewTransaction;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Int128;
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

  private static final Query CREATE_BOOK =
      new Query(
          "INSERT INTO talea_book (name, last_seq, last_at, accounts) VALUES (:book, 0, 0, 0)");
  private static final Query BOOK =
      new Query("SELECT book_id, last_seq, last_at FROM talea_book WHERE name = :book");
  private static final Query TRANSACTION =
      new Query(
          """
          SELECT idempotency_key, tx_id, seq, at, octet_length(draft) AS draft_bytes,
            CASE WHEN octet_length(draft) <= :bytes THEN draft END AS draft
          FROM talea_transaction WHERE book_id = :bookid AND idempotency_key = :key""");
  private static final Query ACCOUNT =
      new Query(
          """
          SELECT a.path, a.account_seq, a.asset_seq, s.id AS asset, a.kind, a.normal_side,
            a.min_balance,
            (SELECT p.balance FROM talea_posting p
              WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq
              ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1) AS balance
          FROM talea_account a JOIN talea_asset s USING (asset_seq)
          WHERE a.book_id = :bookid AND a.path = :path""");
  private static final Query TOTAL =
      new Query(
          "SELECT asset_seq, debits, credits FROM talea_total"
              + " WHERE book_id = :bookid AND asset_seq = :asset");
  private static final Query ASSET =
      new Query("SELECT asset_seq, definition, id AS asset FROM talea_asset WHERE id = :id");

  private final Connection connection;
  private final SqliteClock clock;
  private final Runnable onClose;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

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

  /** Every statement asked so far, for those who want to know how the database goes about them. */
  Set<String> statements() {
    return Set.copyOf(prepared.keySet());
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    return statement;
  }

  private void each(Query query, Query.Taker taker, Object... values) throws SQLException {
    PreparedStatement ask = statement(query.sql());
    query.bind(ask, 1, values);
    try (ResultSet answer = ask.executeQuery()) {
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
      PreparedStatement create = statement(CREATE_BOOK.sql());
      CREATE_BOOK.bind(create, 1, question.book());
      create.executeUpdate();
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
    PreparedStatement ask = statement(TRANSACTION.sql());
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
    assets(changes);
    accounts(changes);
    transactions(changes);
    postings(changes);
    totals(changes);
    PreparedStatement commit =
        statement("INSERT INTO talea_commit (book_id, at, last_seq) VALUES (?, ?, ?)");
    commit.setInt(1, changes.bookId);
    commit.setLong(2, changes.at);
    commit.setLong(3, changes.lastSeq);
    commit.executeUpdate();
    PreparedStatement book =
        statement(
            "UPDATE talea_book SET last_seq = ?, last_at = ?, accounts = accounts + ?"
                + " WHERE book_id = ?");
    book.setLong(1, changes.lastSeq);
    book.setLong(2, changes.at);
    book.setLong(3, changes.accounts.size());
    book.setInt(4, changes.bookId);
    book.executeUpdate();
  }

  private void assets(BookChanges changes) throws SQLException {
    PreparedStatement insert =
        statement("INSERT INTO talea_asset (asset_seq, at, id, definition) VALUES (?, ?, ?, ?)");
    for (AssetRow row : changes.assets) {
      insert.setLong(1, row.assetSeq());
      insert.setLong(2, changes.at);
      insert.setString(3, row.asset().id());
      insert.setString(4, Rows.utf8(DraftWriter.asset(row.asset())));
      insert.executeUpdate();
    }
  }

  private void accounts(BookChanges changes) throws SQLException {
    PreparedStatement insert =
        statement(
            """
            INSERT INTO talea_account
              (book_id, account_seq, at, path, asset_seq, kind, normal_side, min_balance)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""");
    for (AccountRow row : changes.accounts) {
      insert.setInt(1, changes.bookId);
      insert.setLong(2, row.accountSeq);
      insert.setLong(3, changes.at);
      insert.setString(4, row.definition.id().path());
      insert.setLong(5, row.assetSeq);
      insert.setString(6, row.definition.kind().word());
      insert.setString(7, Rows.sideWord(row.definition.normalSide()));
      set(insert, 8, row.definition.minBalance());
      insert.executeUpdate();
    }
  }

  private void transactions(BookChanges changes) throws SQLException {
    PreparedStatement insert =
        statement(
            """
            INSERT INTO talea_transaction (book_id, seq, at, tx_id, idempotency_key, draft)
            VALUES (?, ?, ?, ?, ?, ?)""");
    for (NewTransaction row : changes.transactions) {
      insert.setInt(1, changes.bookId);
      insert.setLong(2, row.seq());
      insert.setLong(3, changes.at);
      insert.setString(4, row.txId().toString());
      insert.setString(5, row.draft().idempotencyKey());
      insert.setString(6, Rows.utf8(DraftWriter.transaction(row.draft())));
      insert.executeUpdate();
    }
  }

  private void postings(BookChanges changes) throws SQLException {
    PreparedStatement insert =
        statement(
            """
            INSERT INTO talea_posting (book_id, account_seq, seq, ordinal, amount, balance)
            VALUES (?, ?, ?, ?, ?, ?)""");
    for (NewPosting row : changes.postings) {
      insert.setInt(1, changes.bookId);
      insert.setLong(2, row.accountSeq());
      insert.setLong(3, row.seq());
      insert.setInt(4, row.ordinal());
      set(insert, 5, row.amount());
      set(insert, 6, row.balance());
      insert.executeUpdate();
    }
  }

  private void totals(BookChanges changes) throws SQLException {
    // Two statements and not one that does either: a total we do not know of is not overwritten.
    PreparedStatement insertNow =
        statement(
            "INSERT INTO talea_total (book_id, asset_seq, debits, credits) VALUES (?1, ?2, ?3, ?4)");
    PreparedStatement updateNow =
        statement(
            "UPDATE talea_total SET debits = ?3, credits = ?4 WHERE book_id = ?1 AND asset_seq = ?2");
    PreparedStatement then =
        statement(
            """
            INSERT INTO talea_total_at (book_id, asset_seq, debits, credits, seq)
            VALUES (?, ?, ?, ?, ?)""");
    for (Map.Entry<Long, Total> total : changes.totals.entrySet()) {
      PreparedStatement now = changes.newTotals.contains(total.getKey()) ? insertNow : updateNow;
      for (PreparedStatement insert : new PreparedStatement[] {now, then}) {
        insert.setInt(1, changes.bookId);
        insert.setLong(2, total.getKey());
        set(insert, 3, total.getValue().debits());
        set(insert, 4, total.getValue().credits());
      }
      then.setLong(5, changes.lastSeq);
      now.executeUpdate();
      then.executeUpdate();
    }
  }

  private static void set(PreparedStatement statement, int index, @Nullable Int128 value)
      throws SQLException {
    if (value != null && value.fitsLong()) {
      statement.setLong(index, value.toLong());
    } else {
      statement.setString(index, Rows.text(value));
    }
  }

  private static void set(PreparedStatement statement, int index, BigInteger value)
      throws SQLException {
    if (value.bitLength() < Long.SIZE) {
      statement.setLong(index, value.longValue());
    } else {
      statement.setString(index, value.toString());
    }
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
    statement("UPDATE talea_book SET last_at = last_at WHERE name = '_system'").executeUpdate();
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
