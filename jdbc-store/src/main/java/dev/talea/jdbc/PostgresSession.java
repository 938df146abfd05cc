package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewPosting;
import dev.talea.jdbc.BookChanges.NewTransaction;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.Account;
import dev.talea.ledger.json.DraftWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction of a writer in PostgreSQL: the question is one round trip, what is written is
 * another, the commit the third, however many drafts there are. Values travel as arrays.
 *
 * <p>A set of rows is looked up row by row ({@code unnest}, then a {@code LATERAL} that ends after
 * one row), never as {@code column = ANY (array)}: for that, a table that fitted into a page when
 * the plan was made is walked book by book, with a filter, and the plan is kept while it grows. Of
 * one row that a unique index finds there is only one plan.
 *
 * <p>The statements of one round trip are still statements of their own, each of which sees what
 * was committed when it began: so those behind the lock see what the lock's last holder left.
 */
final class PostgresSession implements WriteSession {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSession.class);

  /**
   * The statements with the names of this ledger's tables; made once.
   *
   * @param local settings of this transaction, for connections whose sessions are not ours
   * @param lock takes the book's row and the time
   * @param keys which keys of a set are taken, and the drafts up to a size
   * @param accounts how the accounts of a set stand, and the totals of their assets
   * @param assets by id, with the book's totals in them
   */
  record Statements(
      String local,
      String lock,
      String keys,
      String accounts,
      String assets,
      String createBook,
      String insertTransactions,
      String insertPostings,
      String insertCommit,
      String updateBook,
      String insertAssets,
      String insertAccounts,
      String updateTotals,
      String insertTotals,
      String insertTotalsAt,
      String probe) {

    static Statements of(Function<String, String> sql) {
      String book = "(SELECT book_id FROM talea_book WHERE name = ?)";
      return new Statements(
          "SELECT "
              + PostgresDatabase.WRITING.entrySet().stream()
                  .map(e -> "set_config('%s', '%s', true)".formatted(e.getKey(), e.getValue()))
                  .collect(Collectors.joining(", "))
              + ", CASE WHEN current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')"
              + " THEN set_config('synchronous_commit', 'on', true) END;",
          sql.apply(
              // The clock is asked outside of the select that locks: in it, it would be read before
              // the lock is waited for.
              """
              SELECT b.book_id, b.last_seq, b.last_at,
                  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                FROM (SELECT book_id, last_seq, last_at FROM talea_book WHERE name = ? FOR UPDATE) b"""),
          sql.apply(
              """
              SELECT t.idempotency_key, t.tx_id, t.seq, t.at, t.bytes,
                  CASE WHEN t.bytes <= ? THEN t.draft END
                FROM unnest(?::text[]) AS k (idempotency_key)
                CROSS JOIN LATERAL (
                  SELECT t.idempotency_key, t.tx_id, t.seq, t.at, t.draft,
                      octet_length(t.draft::text) AS bytes FROM talea_transaction t
                    WHERE t.book_id = %s AND t.idempotency_key = k.idempotency_key LIMIT 1) t"""
                  .formatted(book)),
          sql.apply(
              """
              SELECT a.path, a.account_seq, a.asset_seq,
                  (SELECT s.id FROM talea_asset s WHERE s.asset_seq = a.asset_seq),
                  a.kind, a.normal_side, a.min_balance, p.balance, t.debits, t.credits
                FROM unnest(?::text[]) AS k (path)
                CROSS JOIN LATERAL (
                  SELECT a.* FROM talea_account a WHERE a.book_id = %s AND a.path = k.path LIMIT 1) a
                LEFT JOIN LATERAL (
                  SELECT p.balance FROM talea_posting p
                    WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq
                    ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1) p ON true
                LEFT JOIN LATERAL (
                  SELECT t.debits, t.credits FROM talea_total t
                    WHERE t.book_id = a.book_id AND t.asset_seq = a.asset_seq LIMIT 1) t ON true"""
                  .formatted(book)),
          // With the totals: of an account that this very group opens the account is not asked.
          sql.apply(
              """
              SELECT s.asset_seq, s.definition, k.id, t.debits, t.credits
                FROM unnest(?::text[]) AS k (id)
                CROSS JOIN LATERAL (
                  SELECT s.asset_seq, s.definition FROM talea_asset s WHERE s.id = k.id LIMIT 1) s
                LEFT JOIN LATERAL (
                  SELECT t.debits, t.credits FROM talea_total t
                    WHERE t.book_id = ? AND t.asset_seq = s.asset_seq LIMIT 1) t ON true"""),
          sql.apply(
              """
              INSERT INTO talea_book (name, last_seq, last_at, accounts) VALUES (?, 0, 0, 0)
                ON CONFLICT (name) DO NOTHING"""),
          sql.apply(
              """
              INSERT INTO talea_transaction (book_id, seq, at, tx_id, idempotency_key, draft)
                SELECT ?, u.seq, ?, u.tx_id::uuid, u.idempotency_key, u.draft::json
                FROM unnest(?::bigint[], ?::text[], ?::text[], ?::text[])
                  AS u (seq, tx_id, idempotency_key, draft);"""),
          sql.apply(
              """
              INSERT INTO talea_posting (book_id, account_seq, seq, ordinal, amount, balance)
                SELECT ?, u.account_seq, u.seq, u.ordinal, u.amount::numeric, u.balance::numeric
                FROM unnest(?::bigint[], ?::bigint[], ?::int[], ?::text[], ?::text[])
                  AS u (account_seq, seq, ordinal, amount, balance);"""),
          sql.apply("INSERT INTO talea_commit (book_id, at, last_seq) VALUES (?, ?, ?);"),
          sql.apply(
              """
              UPDATE talea_book SET last_seq = ?, last_at = ?, accounts = accounts + ?
                WHERE book_id = ?;"""),
          sql.apply(
              """
              INSERT INTO talea_asset (asset_seq, at, id, definition)
                SELECT u.asset_seq, ?, u.id, u.definition::json
                FROM unnest(?::bigint[], ?::text[], ?::text[]) AS u (asset_seq, id, definition);"""),
          sql.apply(
              """
              INSERT INTO talea_account
                  (book_id, account_seq, at, path, asset_seq, kind, normal_side, min_balance)
                SELECT ?, u.account_seq, ?, u.path, u.asset_seq, u.kind, u.normal_side,
                  u.min_balance::numeric
                FROM unnest(?::bigint[], ?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[])
                  AS u (account_seq, path, asset_seq, kind, normal_side, min_balance);"""),
          sql.apply(
              """
              UPDATE talea_total t SET debits = u.debits::numeric, credits = u.credits::numeric
                FROM unnest(?::bigint[], ?::text[], ?::text[]) AS u (asset_seq, debits, credits)
                WHERE t.book_id = ? AND t.asset_seq = u.asset_seq;"""),
          sql.apply(
              """
              INSERT INTO talea_total (book_id, asset_seq, debits, credits)
                SELECT ?, u.asset_seq, u.debits::numeric, u.credits::numeric
                FROM unnest(?::bigint[], ?::text[], ?::text[]) AS u (asset_seq, debits, credits);"""),
          sql.apply(
              """
              INSERT INTO talea_total_at (book_id, asset_seq, seq, debits, credits)
                SELECT ?, u.asset_seq, ?, u.debits::numeric, u.credits::numeric
                FROM unnest(?::bigint[], ?::text[], ?::text[]) AS u (asset_seq, debits, credits);"""),
          sql.apply("UPDATE talea_book SET last_at = last_at WHERE name = '_system'"));
    }
  }

  private final Connection connection;
  private final Statements sql;
  private final boolean local;

  /**
   * @param connection made with autocommit off; goes back to its pool on close
   * @param local whether the transaction has to bring its settings along, because a pooler gives it
   *     a session that others use too
   */
  PostgresSession(Connection connection, Statements sql, boolean local) {
    this.connection = connection;
    this.sql = sql;
    this.local = local;
  }

  @Override
  public BookState read(BookQuestion question) throws SQLException {
    BookState state = ask(question);
    if (!question.assets().isEmpty()) {
      readAssets(question, state);
    }
    // Without an asset nothing can be opened, and numbers of books are not to be used up in vain.
    if (state.bookId == 0 && question.opens() && !state.assets.isEmpty()) {
      try (PreparedStatement create = connection.prepareStatement(sql.createBook())) {
        create.setString(1, question.book());
        create.executeUpdate();
      }
      state = ask(question);
      readAssets(question, state);
    }
    return state;
  }

  private BookState ask(BookQuestion question) throws SQLException {
    boolean keys = !question.keys().isEmpty();
    boolean accounts = !question.paths().isEmpty();
    String text = local ? sql.local() + sql.lock() : sql.lock();
    text += (keys ? ";" + sql.keys() : "") + (accounts ? ";" + sql.accounts() : "");
    try (PreparedStatement ask = connection.prepareStatement(text)) {
      int next = 1;
      ask.setString(next++, question.book());
      if (keys) {
        ask.setInt(next++, question.draftBytesMax());
        ask.setObject(next++, texts(question.keys()));
        ask.setString(next++, question.book());
      }
      if (accounts) {
        ask.setObject(next++, texts(question.paths()));
        ask.setString(next, question.book());
      }
      ask.execute();
      if (local) {
        ask.getMoreResults();
      }
      BookState state;
      try (ResultSet book = ask.getResultSet()) {
        state =
            book.next()
                ? new BookState(book.getInt(1), book.getLong(2), book.getLong(3), book.getLong(4))
                : new BookState(0, 0, 0, 0);
      }
      if (keys) {
        ask.getMoreResults();
        try (ResultSet rows = ask.getResultSet()) {
          while (rows.next()) {
            Rows.addTransaction(
                rows, question.book(), question.draftBytesMax(), state.transactions, state.damage);
          }
        }
      }
      if (accounts) {
        ask.getMoreResults();
        try (ResultSet rows = ask.getResultSet()) {
          while (rows.next()) {
            Rows.addAccount(rows, question.book(), state);
            if (rows.getString(9) != null) {
              Rows.addTotal(rows, 3, 9, question.book(), state);
            }
          }
        }
      }
      return state;
    }
  }

  @Override
  public Map<String, KnownTransaction> readDrafts(String book, BookState state, Set<String> keys)
      throws SQLException {
    Map<String, KnownTransaction> found = new HashMap<>();
    try (PreparedStatement ask = connection.prepareStatement(sql.keys())) {
      ask.setInt(1, Integer.MAX_VALUE);
      ask.setObject(2, texts(keys));
      ask.setString(3, book);
      try (ResultSet rows = ask.executeQuery()) {
        while (rows.next()) {
          Rows.addTransaction(rows, book, Integer.MAX_VALUE, found, state.damage);
        }
      }
    }
    return found;
  }

  private void readAssets(BookQuestion question, BookState state) throws SQLException {
    try (PreparedStatement ask = connection.prepareStatement(sql.assets())) {
      ask.setObject(1, texts(question.assets()));
      ask.setInt(2, state.bookId);
      try (ResultSet rows = ask.executeQuery()) {
        while (rows.next()) {
          Rows.addAsset(rows, state);
          if (rows.getString(4) != null) {
            Rows.addTotal(rows, 1, 4, question.book(), state);
          }
        }
      }
    }
  }

  @Override
  public void write(BookChanges changes) throws SQLException {
    StringBuilder text = new StringBuilder();
    appendIf(!changes.assets.isEmpty(), text, sql.insertAssets());
    appendIf(!changes.accounts.isEmpty(), text, sql.insertAccounts());
    appendIf(!changes.transactions.isEmpty(), text, sql.insertTransactions());
    appendIf(!changes.postings.isEmpty(), text, sql.insertPostings());
    appendIf(changes.totals.size() > changes.newTotals.size(), text, sql.updateTotals());
    appendIf(!changes.newTotals.isEmpty(), text, sql.insertTotals());
    appendIf(!changes.totals.isEmpty(), text, sql.insertTotalsAt());
    text.append(sql.insertCommit()).append(sql.updateBook());
    try (PreparedStatement write = connection.prepareStatement(text.toString())) {
      new Binder(write, changes).bind();
      write.execute();
    }
  }

  private static void appendIf(boolean wanted, StringBuilder text, String statement) {
    if (wanted) {
      text.append(statement);
    }
  }

  /** Sets the parameters of {@link #write}, in the order of its statements. */
  private static final class Binder {
    private final PreparedStatement write;
    private final BookChanges changes;
    private int next = 1;

    Binder(PreparedStatement write, BookChanges changes) {
      this.write = write;
      this.changes = changes;
    }

    void bind() throws SQLException {
      if (!changes.assets.isEmpty()) {
        set(changes.at);
        set(longs(changes.assets, AssetRow::assetSeq));
        set(texts(changes.assets, row -> row.asset().id()));
        set(texts(changes.assets, row -> Rows.utf8(DraftWriter.asset(row.asset()))));
      }
      if (!changes.accounts.isEmpty()) {
        accounts();
      }
      if (!changes.transactions.isEmpty()) {
        List<NewTransaction> rows = changes.transactions;
        write.setInt(next++, changes.bookId);
        set(changes.at);
        set(longs(rows, NewTransaction::seq));
        set(texts(rows, row -> row.txId().toString()));
        set(texts(rows, row -> row.draft().idempotencyKey()));
        set(texts(rows, row -> Rows.utf8(DraftWriter.transaction(row.draft()))));
      }
      if (!changes.postings.isEmpty()) {
        List<NewPosting> rows = changes.postings;
        write.setInt(next++, changes.bookId);
        set(longs(rows, NewPosting::accountSeq));
        set(longs(rows, NewPosting::seq));
        set(longs(rows, NewPosting::ordinal));
        set(texts(rows, row -> row.amount().toString()));
        set(texts(rows, row -> row.balance().toString()));
      }
      totals();
      write.setInt(next++, changes.bookId);
      set(changes.at);
      set(changes.lastSeq);
      set(changes.lastSeq);
      set(changes.at);
      set(changes.accounts.size());
      write.setInt(next++, changes.bookId);
    }

    private void accounts() throws SQLException {
      List<AccountRow> rows = changes.accounts;
      write.setInt(next++, changes.bookId);
      set(changes.at);
      set(longs(rows, row -> row.accountSeq));
      set(texts(rows, row -> row.definition.id().path()));
      set(longs(rows, row -> row.assetSeq));
      set(texts(rows, row -> row.definition.kind().word()));
      @Nullable String[] sides = new @Nullable String[rows.size()];
      @Nullable String[] floors = new @Nullable String[rows.size()];
      for (int i = 0; i < sides.length; i++) {
        Account account = rows.get(i).definition;
        sides[i] = Rows.sideWord(account.normalSide());
        floors[i] = Rows.text(account.minBalance());
      }
      set(sides);
      set(floors);
    }

    private void totals() throws SQLException {
      List<Map.Entry<Long, Total>> old = new ArrayList<>();
      List<Map.Entry<Long, Total>> added = new ArrayList<>();
      for (Map.Entry<Long, Total> total : changes.totals.entrySet()) {
        (changes.newTotals.contains(total.getKey()) ? added : old).add(total);
      }
      if (!old.isEmpty()) {
        totals(old);
        write.setInt(next++, changes.bookId);
      }
      if (!added.isEmpty()) {
        write.setInt(next++, changes.bookId);
        totals(added);
      }
      if (!changes.totals.isEmpty()) {
        write.setInt(next++, changes.bookId);
        set(changes.lastSeq);
        totals(new ArrayList<>(changes.totals.entrySet()));
      }
    }

    private void totals(List<Map.Entry<Long, Total>> rows) throws SQLException {
      set(longs(rows, Map.Entry::getKey));
      set(texts(rows, row -> row.getValue().debits().toString()));
      set(texts(rows, row -> row.getValue().credits().toString()));
    }

    private void set(long value) throws SQLException {
      write.setLong(next++, value);
    }

    private void set(Object array) throws SQLException {
      write.setObject(next++, array);
    }
  }

  private static <T> Object longs(List<T> rows, ToLongFunction<? super T> value) {
    return rows.stream().mapToLong(value).toArray();
  }

  private static <T> Object texts(List<T> rows, Function<? super T, String> value) {
    return rows.stream().map(value).toArray(String[]::new);
  }

  private static Object texts(Collection<String> values) {
    return values.toArray(String[]::new);
  }

  @Override
  public void probe() throws SQLException {
    try (PreparedStatement write = connection.prepareStatement(sql.probe())) {
      write.execute();
    }
  }

  @Override
  public void commit() throws SQLException {
    connection.commit();
  }

  @Override
  public void rollback() throws SQLException {
    connection.rollback();
  }

  @Override
  public void close() {
    try {
      connection.close(); // the pool rolls back what is open
    } catch (SQLException e) {
      LOG.debug("A connection could not be given back", e);
    }
  }
}
