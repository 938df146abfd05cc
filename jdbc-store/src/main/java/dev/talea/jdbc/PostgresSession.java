// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewPosting;
import dev.talea.jdbc.BookChanges.NewTransaction;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.KnownTransaction;
import dev.talea.jdbc.BookState.Total;
import dev.talea.ledger.json.DraftWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transaction of a writer in PostgreSQL: the question is one round trip, what is written is
 * another, the commit the third, however many drafts there are. Values travel as arrays.
 *
 * <p>The statements of one round trip are still statements of their own, each of which sees what
 * was committed when it began: so those behind the lock see what the lock's last holder left.
 */
final class PostgresSession implements WriteSession {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSession.class);

  private final Connection connection;
  private final PostgresStatements sql;
  private final boolean local;

  /**
   * @param connection made with autocommit off; goes back to its pool on close
   * @param local whether the transaction has to bring its settings along, because a pooler gives it
   *     a session that others use too
   */
  PostgresSession(Connection connection, PostgresStatements sql, boolean local) {
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
      sql.createBook().run(connection, question.book());
      state = ask(question);
      readAssets(question, state);
    }
    return state;
  }

  private BookState ask(BookQuestion question) throws SQLException {
    String book = question.book();
    int bytes = question.draftBytesMax();
    List<BookState> state = new ArrayList<>(1);
    Script script = new Script();
    if (local) {
      script.add(sql.local());
    }
    script.ask(
        sql.lock(),
        row ->
            state.add(
                new BookState(
                    row.integer(Column.BOOK_ID),
                    row.number(Column.LAST_SEQ),
                    row.number(Column.LAST_AT),
                    row.number(Column.NOW))),
        book);
    if (!question.keys().isEmpty()) {
      script.ask(
          sql.keys(),
          ofLocked(
              state,
              (row, to) -> Rows.addTransaction(row, book, bytes, to.transactions, to.damage)),
          bytes,
          texts(question.keys()),
          book);
    }
    if (!question.paths().isEmpty()) {
      script.ask(
          sql.accounts(),
          ofLocked(
              state,
              (row, to) -> {
                Rows.addAccount(row, book, to);
                Rows.addTotal(row, book, to);
              }),
          texts(question.paths()),
          book);
    }
    script.run(connection);
    return state.isEmpty() ? new BookState(0, 0, 0, 0) : state.get(0);
  }

  /** Puts a row of a book into its state. */
  private interface Adder {
    void add(Row row, BookState to) throws SQLException;
  }

  /**
   * Passes over rows of a book that was not there to be locked: another instance made it after the
   * lock was asked for, and goes on writing to it.
   */
  private static Query.Taker ofLocked(List<BookState> state, Adder adder) {
    return row -> {
      if (!state.isEmpty()) {
        adder.add(row, state.get(0));
      }
    };
  }

  @Override
  public Map<String, KnownTransaction> readDrafts(String book, BookState state, Set<String> keys)
      throws SQLException {
    int bytes = Integer.MAX_VALUE;
    Map<String, KnownTransaction> found = new HashMap<>();
    sql.keys()
        .each(
            connection,
            row -> Rows.addTransaction(row, book, bytes, found, state.damage),
            bytes,
            texts(keys),
            book);
    return found;
  }

  private void readAssets(BookQuestion question, BookState state) throws SQLException {
    sql.assets()
        .each(
            connection,
            row -> {
              Rows.addAsset(row, state);
              Rows.addTotal(row, question.book(), state);
            },
            texts(question.assets()),
            state.bookId);
  }

  @Override
  public void write(BookChanges changes) throws SQLException {
    Script script = new Script();
    List<AssetRow> assets = changes.assets;
    script.addFor(
        assets,
        sql.insertAssets(),
        changes.at,
        longs(assets, AssetRow::assetSeq),
        texts(assets, row -> row.asset().id()),
        texts(assets, row -> Rows.utf8(DraftWriter.asset(row.asset()))));
    List<AccountRow> accounts = changes.accounts;
    script.addFor(
        accounts,
        sql.insertAccounts(),
        changes.bookId,
        changes.at,
        longs(accounts, row -> row.accountSeq),
        texts(accounts, row -> row.definition.id().path()),
        longs(accounts, row -> row.assetSeq),
        texts(accounts, row -> row.definition.kind().word()),
        texts(accounts, row -> Rows.sideWord(row.definition.normalSide())),
        texts(accounts, row -> Rows.text(row.definition.minBalance())));
    List<NewTransaction> transactions = changes.transactions;
    script.addFor(
        transactions,
        sql.insertTransactions(),
        changes.bookId,
        changes.at,
        longs(transactions, NewTransaction::seq),
        texts(transactions, row -> row.txId().toString()),
        texts(transactions, row -> row.draft().idempotencyKey()),
        texts(transactions, row -> Rows.utf8(DraftWriter.transaction(row.draft()))));
    List<NewPosting> postings = changes.postings;
    script.addFor(
        postings,
        sql.insertPostings(),
        changes.bookId,
        longs(postings, NewPosting::accountSeq),
        longs(postings, NewPosting::seq),
        longs(postings, NewPosting::ordinal),
        texts(postings, row -> row.amount().toString()),
        texts(postings, row -> row.balance().toString()));
    totals(changes, script);
    script.add(sql.insertCommit(), changes.bookId, changes.at, changes.lastSeq);
    script.add(
        sql.updateBook(), changes.lastSeq, changes.at, changes.accounts.size(), changes.bookId);
    script.run(connection);
  }

  private void totals(BookChanges changes, Script script) {
    List<Map.Entry<Long, Total>> all = new ArrayList<>(changes.totals.entrySet());
    List<Map.Entry<Long, Total>> old = new ArrayList<>();
    List<Map.Entry<Long, Total>> added = new ArrayList<>();
    for (Map.Entry<Long, Total> total : all) {
      (changes.newTotals.contains(total.getKey()) ? added : old).add(total);
    }
    int book = changes.bookId;
    script.addFor(old, sql.updateTotals(), assets(old), debits(old), credits(old), book);
    script.addFor(added, sql.insertTotals(), book, assets(added), debits(added), credits(added));
    script.addFor(
        all, sql.insertTotalsAt(), book, changes.lastSeq, assets(all), debits(all), credits(all));
  }

  private static Object assets(List<Map.Entry<Long, Total>> totals) {
    return longs(totals, Map.Entry::getKey);
  }

  private static Object debits(List<Map.Entry<Long, Total>> totals) {
    return texts(totals, total -> total.getValue().debits().toString());
  }

  private static Object credits(List<Map.Entry<Long, Total>> totals) {
    return texts(totals, total -> total.getValue().credits().toString());
  }

  private static <T> Object longs(List<T> rows, ToLongFunction<? super T> value) {
    return rows.stream().mapToLong(value).toArray();
  }

  /** What a row holds in a column, which may be nothing. */
  private interface Text<T> {
    @Nullable String of(T row);
  }

  private static <T> Object texts(List<T> rows, Text<? super T> value) {
    @Nullable String[] texts = new @Nullable String[rows.size()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = value.of(rows.get(i));
    }
    return texts;
  }

  private static Object texts(Collection<String> values) {
    return values.toArray(String[]::new);
  }

  @Override
  public void probe() throws SQLException {
    sql.probe().run(connection);
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
