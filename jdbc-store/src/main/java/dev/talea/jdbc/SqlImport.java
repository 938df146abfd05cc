// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.AssetRow;
import dev.talea.jdbc.BookState.Total;
import dev.talea.jdbc.SqlSnapshot.Checked;
import dev.talea.jdbc.SqlSnapshot.CheckedBook;
import dev.talea.ledger.Account;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.rules.EventRules;
import dev.talea.ledger.rules.ImpossibleEventException;
import dev.talea.ledger.rules.PostingRules.Accepted;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of another ledger into a database that holds none, with the seqs, ids and times
 * that they have: what a ledger is moved with. Each event goes through the rules as if it had just
 * been drafted ({@link EventRules}), and what is written is written as a store writes it. All of it
 * is one transaction: until {@link #finish} returns there is nothing in the database, and if the
 * process ends before, there never was.
 *
 * <p>The number of a book is the tag in the ids of its transactions, which is known when the first
 * of them comes. So a book begins under a free number, and is renumbered then.
 *
 * <p>Books come one after the other, the registry first, each in the order of its seqs. One thread;
 * memory is that of one book's accounts and of one group.
 */
public final class SqlImport implements AutoCloseable {
  /**
   * A larger group is written in pieces, each of which looks like a group of its own at the same
   * moment. No store makes groups that are larger; a file may say what it likes.
   */
  private static final int EVENTS_MAX = 4_096;

  private static final long BYTES_MAX = 16L << 20;

  private final OneTransaction transaction;
  private final WriteSession session;
  private final BookNumbers numbers;
  private final EventRules rules = new EventRules();
  private final Map<String, Long> assetSeqs = new HashMap<>();
  private @Nullable Target target;

  private SqlImport(OneTransaction transaction, WriteSession session, BookNumbers numbers) {
    this.transaction = transaction;
    this.session = session;
    this.numbers = numbers;
  }

  /**
   * Begins to write into a SQLite file, which is made if it is not there.
   *
   * @throws SqlStoreException if it holds events already, or cannot be written to
   */
  public static SqlImport intoSqlite(Path file) {
    OneTransaction transaction = OneTransaction.makeSqlite(file);
    SqliteClock clock = SqliteClock.ofMachine(SqlStoreSettings.DEFAULTS);
    return begun(transaction, new SqliteSession(transaction.connection, clock, () -> {}));
  }

  /**
   * Begins to write into a PostgreSQL database, whose tables are made if they are not there.
   *
   * @throws SqlStoreException if it holds events already, or cannot be written to
   */
  public static SqlImport intoPostgres(PostgresTarget target) {
    OneTransaction transaction = OneTransaction.makePostgres(target);
    PostgresStatements statements = PostgresStatements.of(transaction.sql);
    return begun(transaction, new PostgresSession(transaction.connection, statements, false));
  }

  private static SqlImport begun(OneTransaction transaction, WriteSession session) {
    boolean begun = false;
    try {
      BookNumbers numbers = new BookNumbers(transaction.connection, transaction.sql);
      String holder = numbers.holder();
      if (holder != null) {
        throw new SqlStoreException(
            transaction.what
                + " holds book '"
                + holder
                + "' already: a ledger is imported into a new database or an empty one");
      }
      begun = true;
      return new SqlImport(transaction, session, numbers);
    } catch (SQLException e) {
      throw failed(transaction.what, e);
    } finally {
      if (!begun) {
        transaction.close();
      }
    }
  }

  private static SqlStoreException failed(String what, SQLException e) {
    return new SqlStoreException(
        what
            + " could not be written to: "
            + SqlLedgerStore.reason(e)
            + ". Nothing of what was imported is there; mend that, and begin again",
        e);
  }

  /** The book that is being written, and the group that is being gathered. */
  private static final class Target {
    final String book;
    final EventRules.Book<AccountRow> rules;
    final Map<String, AccountRow> accounts;
    final Map<Long, Total> totals = new HashMap<>();
    int bookId;
    BookChanges gathered;
    long bytes;

    Target(
        String book,
        int bookId,
        EventRules.Book<AccountRow> rules,
        Map<String, AccountRow> accounts) {
      this.book = book;
      this.rules = rules;
      this.accounts = accounts;
      this.bookId = bookId;
      this.gathered = new BookChanges(bookId, book, Long.MIN_VALUE, 0);
    }

    void gatherAt(long micros) {
      gathered = new BookChanges(bookId, book, micros, gathered.lastSeq);
      bytes = 0;
    }
  }

  /**
   * Takes the next event.
   *
   * @throws ImpossibleEventException if it cannot be the next one of a ledger; says why
   * @throws SqlStoreException if the database does not take it
   */
  public void add(String book, Event event) {
    try {
      Target now = target;
      if (now == null || !now.book.equals(book)) {
        write();
        now = begin(book);
        target = now;
      }
      long at = Micros.floor(event.at());
      if (now.gathered.at != at || now.gathered.events() == EVENTS_MAX || now.bytes > BYTES_MAX) {
        write();
        now.gatherAt(at);
      }
      put(now, event);
      now.gathered.lastSeq = event.seq();
      now.bytes += PageFill.bytes(event);
    } catch (SQLException e) {
      throw failed(transaction.what, e);
    }
  }

  private Target begin(String book) throws SQLException {
    Map<String, AccountRow> accounts = new HashMap<>();
    EventRules.Book<AccountRow> its = rules.book(book, accounts::get);
    return new Target(book, numbers.add(book), its, accounts);
  }

  private void put(Target to, Event event) throws SQLException {
    to.rules.next(event);
    switch (event.payload().kind()) {
      case ASSET_REGISTERED -> {
        Asset asset = ((AssetRegistered) event.payload()).asset();
        to.rules.register(asset);
        assetSeqs.put(asset.id(), event.seq());
        to.gathered.assets.add(new AssetRow(asset, event.seq()));
      }
      case ACCOUNT_OPENED -> {
        Account account = ((AccountOpened) event.payload()).account();
        to.rules.open(account);
        AccountRow row =
            new AccountRow(
                account, event.seq(), requireNonNull(assetSeqs.get(account.asset())), Int128.ZERO);
        to.accounts.put(account.id().path(), row);
        to.gathered.accounts.add(row);
      }
      case TRANSACTION_POSTED -> {
        TransactionPosted posted = (TransactionPosted) event.payload();
        Accepted<AccountRow> accepted = to.rules.post(posted);
        if (to.bookId != to.rules.tag()) {
          renumber(to, event);
        }
        to.gathered.post(event.seq(), posted.id(), posted.draft(), accepted, to.totals);
      }
    }
  }

  private void renumber(Target to, Event event) throws SQLException {
    if (to.rules.tag() == 0) {
      throw new ImpossibleEventException(
          "book '%s', seq %d: its id gives the book the number 0, which a database cannot keep"
              .formatted(to.book, event.seq()));
    }
    numbers.change(to.book, to.rules.tag());
    to.bookId = to.rules.tag();
    BookChanges before = to.gathered;
    to.gathered = new BookChanges(to.bookId, to.book, before.at, before.lastSeq);
    to.gathered.accounts.addAll(before.accounts);
  }

  /** Writes what has been gathered. */
  private void write() throws SQLException {
    Target from = target;
    if (from == null || from.gathered.events() == 0) {
      return;
    }
    BookChanges changes = from.gathered;
    try {
      session.write(changes);
    } catch (SQLException e) {
      if (SqlFailure.of(e) == SqlFailure.DATA) {
        throw new ImpossibleEventException(refusal(changes, SqlLedgerStore.reason(e)));
      }
      throw e;
    }
    from.totals.putAll(changes.totals);
    from.gatherAt(changes.at);
  }

  private static String refusal(BookChanges changes, String reason) {
    long first = changes.lastSeq - changes.events() + 1;
    String where =
        first == changes.lastSeq ? "seq " + first : "seq " + first + " to " + changes.lastSeq;
    return "book '%s', %s: %s"
        .formatted(
            changes.book,
            where,
            reason.contains("idempotency_key")
                ? "an idempotency key is used twice (" + reason + ")"
                : "the database refuses it: " + reason);
  }

  /**
   * Commits all of it.
   *
   * @throws ImpossibleEventException if the last events cannot be those of a ledger
   * @throws SqlStoreException if the database does not take it
   */
  public void finish() {
    try {
      write();
      target = null;
      numbers.settle();
      check();
      session.commit();
      settle();
    } catch (SQLException e) {
      throw failed(transaction.what, e);
    }
  }

  /** What has been written is read again, before it counts. */
  private void check() throws SQLException {
    Checked checked = transaction.check(book -> true, events -> {});
    List<String> findings = new ArrayList<>(checked.findings());
    for (CheckedBook book : checked.books()) {
      book.findings().forEach(each -> findings.add("book '" + book.book() + "': " + each));
    }
    if (!findings.isEmpty()) {
      throw new SqlStoreException(
          "What was written is not right, and is taken back: " + findings.get(0));
    }
  }

  /** Leaves one file, if it is one: the log of changes has grown as large as the ledger. */
  private void settle() throws SQLException {
    if (session instanceof SqliteSession sqlite) {
      sqlite.checkpoint(0);
    }
  }

  /** Forgets everything, unless it has been finished. */
  @Override
  public void close() {
    transaction.close();
  }
}
