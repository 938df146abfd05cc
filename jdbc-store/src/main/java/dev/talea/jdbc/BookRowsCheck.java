// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookChanges.NewPosting;
import dev.talea.jdbc.BookState.AccountRow;
import dev.talea.jdbc.BookState.Total;
import dev.talea.jdbc.SqlReads.BookRow;
import dev.talea.jdbc.SqlSnapshot.CheckedBook;
import dev.talea.jdbc.SqlSnapshot.CheckedTotal;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.Int128;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TxId;
import dev.talea.ledger.rules.EventRules;
import dev.talea.ledger.rules.ImpossibleEventException;
import dev.talea.ledger.rules.PostingRules;
import dev.talea.ledger.rules.PostingRules.Accepted;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link SqlCheck} that goes through one book: the walks over its tables, each in the
 * order of seqs, side by side. What an event means for the other tables is computed as a store
 * computes it ({@link BookChanges}) and held against the rows that are there. After a finding it
 * goes on with what should be there, so that one change is not found a thousand times.
 *
 * <p>One thread; lives for one book.
 */
final class BookRowsCheck {
  private final Connection connection;
  private final UnaryOperator<String> sql;
  private final Map<Long, Asset> assets;
  private final LongConsumer passed;
  private final BookRow book;
  private final EventRules.Book<AccountRow> rules;
  private final Map<String, AccountRow> accounts = new HashMap<>();
  private final Map<Long, Total> totals = new TreeMap<>();
  private final Findings findings = new Findings();
  private final Query largeDraft;
  private final Cursor commits;
  private final Cursor postings;
  private final Cursor totalsAt;
  private BookChanges changes;
  private long events;
  private long opened;
  private long transactions;
  private long lastSeq;
  private long lastAt;

  /** Whether the last event is known to have ended a group. */
  private boolean settled = true;

  /** Goes through the events of a book. */
  interface Walk {
    void run(BookRowsCheck check) throws SQLException;
  }

  /**
   * Checks a book.
   *
   * @param assets by their seqs
   */
  static CheckedBook run(
      Connection connection,
      UnaryOperator<String> sql,
      EventRules rules,
      Map<Long, Asset> assets,
      LongConsumer passed,
      BookRow book,
      Walk walk)
      throws SQLException {
    try (Cursor commits =
            new Cursor(
                connection,
                new Query(
                    sql.apply(
                        "SELECT at, last_seq FROM talea_commit WHERE book_id = :bookid"
                            + " ORDER BY last_seq, at")),
                book.bookId());
        Cursor postings =
            new Cursor(
                connection,
                new Query(
                    sql.apply(
                        "SELECT seq, ordinal, account_seq, amount, balance FROM talea_posting"
                            + " WHERE book_id = :bookid ORDER BY seq, ordinal, account_seq")),
                book.bookId());
        Cursor totalsAt =
            new Cursor(
                connection,
                new Query(
                    sql.apply(
                        "SELECT seq, asset_seq, debits, credits FROM talea_total_at"
                            + " WHERE book_id = :bookid ORDER BY seq, asset_seq")),
                book.bookId())) {
      BookRowsCheck check =
          new BookRowsCheck(
              connection, sql, rules, assets, passed, book, commits, postings, totalsAt);
      walk.run(check);
      return check.finish();
    }
  }

  private BookRowsCheck(
      Connection connection,
      UnaryOperator<String> sql,
      EventRules rules,
      Map<Long, Asset> assets,
      LongConsumer passed,
      BookRow book,
      Cursor commits,
      Cursor postings,
      Cursor totalsAt) {
    this.connection = connection;
    this.sql = sql;
    this.assets = assets;
    this.passed = passed;
    this.book = book;
    this.rules = rules.book(book.name(), accounts::get);
    this.commits = commits;
    this.postings = postings;
    this.totalsAt = totalsAt;
    this.changes = noChanges();
    this.largeDraft =
        query("SELECT t.seq, t.draft FROM talea_transaction t WHERE t.book_id = :b AND t.seq = :s");
  }

  private Query query(String text) {
    return new Query(sql.apply(text));
  }

  private BookChanges noChanges() {
    return new BookChanges(book.bookId(), book.name(), 0, 0);
  }

  /** What the rules say of the book's events. */
  EventRules.Book<AccountRow> rules() {
    return rules;
  }

  void found(String what) {
    findings.add(what);
  }

  void found(ImpossibleEventException e) {
    String prefix = "book '" + book.name() + "', ";
    String words = String.valueOf(e.getMessage());
    findings.add(words.startsWith(prefix) ? words.substring(prefix.length()) : words);
  }

  /** A column holds something else than it should. */
  void found(String row, String column, @Nullable Object actual, Object due) {
    findings.add(row + ": " + column + " is " + actual + ", should be " + due);
  }

  private void compare(String row, Column column, String actual, Object due) {
    if (!actual.equals(due.toString())) {
      found(row, column.label, actual, due);
    }
  }

  /** Accounts and transactions, which share the seqs of the book. */
  void walk() throws SQLException {
    try (Cursor opening =
            new Cursor(
                connection,
                query(
                    """
                    SELECT a.account_seq, a.at, a.path, a.asset_seq, s.id AS asset, a.kind,
                      a.normal_side, a.min_balance
                    FROM talea_account a LEFT JOIN talea_asset s ON s.asset_seq = a.asset_seq
                    WHERE a.book_id = :bookid ORDER BY a.account_seq"""),
                book.bookId());
        Cursor posted =
            new Cursor(
                connection,
                query(
                    """
                    SELECT t.seq, t.at, t.tx_id, t.idempotency_key,
                      octet_length(CAST(t.draft AS text)) AS draft_bytes,
                      CASE WHEN octet_length(CAST(t.draft AS text)) <= :bytes THEN t.draft END
                        AS draft
                    FROM talea_transaction t WHERE t.book_id = :bookid ORDER BY t.seq"""),
                SqlHistory.DRAFT_BYTES_MAX,
                book.bookId())) {
      while (opening.there() || posted.there()) {
        if (opening.at(Column.ACCOUNT_SEQ) <= posted.at(Column.SEQ)) {
          open(opening.row());
          opening.next();
        } else {
          post(posted.row());
          posted.next();
        }
      }
    }
    checkKeys();
  }

  private void open(Row row) throws SQLException {
    long seq = row.number(Column.ACCOUNT_SEQ);
    begin(row.number(Column.AT));
    opened++;
    try {
      Account account = Rows.account(new AccountId(book.name(), row.text(Column.PATH)), row);
      accept(new Event(seq, Micros.instant(row.number(Column.AT)), new AccountOpened(account)));
      rules.open(account);
      accounts.put(
          account.id().path(),
          new AccountRow(account, seq, row.number(Column.ASSET_SEQ), Int128.ZERO));
    } catch (ImpossibleEventException e) {
      found(e);
    } catch (RuntimeException e) {
      found("talea_account, seq " + seq + ": " + Rows.why(e));
    }
    end(seq, row.number(Column.AT));
  }

  private void accept(Event event) {
    try {
      rules.next(event);
    } catch (ImpossibleEventException e) {
      found(e); // what it says may be right all the same
    }
  }

  private void post(Row row) throws SQLException {
    long seq = row.number(Column.SEQ);
    long at = row.number(Column.AT);
    begin(at);
    transactions++;
    String place = "talea_transaction, seq " + seq;
    UUID id = TxId.of(at, book.bookId(), seq);
    compare(place, Column.TX_ID, row.text(Column.TX_ID), id);
    Accepted<AccountRow> accepted = null;
    TransactionDraft draft = null;
    try {
      draft = draft(row, seq);
      compare(
          place, Column.IDEMPOTENCY_KEY, row.text(Column.IDEMPOTENCY_KEY), draft.idempotencyKey());
      TransactionPosted posted = new TransactionPosted(id, draft);
      accept(new Event(seq, Micros.instant(at), posted));
      accepted = rules.post(posted);
    } catch (ImpossibleEventException e) {
      found(e);
      accepted = draft == null ? null : anyway(draft);
    } catch (RuntimeException e) {
      found(place + ": " + Rows.why(e));
    }
    if (draft != null && accepted != null) {
      changes.post(seq, id, draft, accepted, totals);
      comparePostings(seq, accepted);
      changes.transactions.clear();
      changes.postings.clear();
    } else {
      while (postings.at(Column.SEQ) == seq) {
        postings.next(); // what they should be is not known
      }
    }
    end(seq, at);
  }

  private TransactionDraft draft(Row row, long seq) throws SQLException {
    if (row.has(Column.DRAFT)) {
      return Rows.draft(row, book.name());
    }
    TransactionDraft large =
        largeDraft.first(connection, each -> Rows.draft(each, book.name()), book.bookId(), seq);
    if (large == null) {
      throw new IllegalStateException("its draft is empty");
    }
    return large;
  }

  /** What the rules refused is in the balances behind it, if it can be. */
  private @Nullable Accepted<AccountRow> anyway(TransactionDraft draft) {
    List<AccountRow> found = new ArrayList<>();
    if (PostingRules.resolve(draft, accounts::get, found) != null) {
      return null;
    }
    Map<AccountRow, Int128> sums = new HashMap<>();
    for (int i = 0; i < found.size(); i++) {
      AccountRow account = found.get(i);
      Int128 minor = draft.postings().get(i).minor();
      boolean debit = draft.postings().get(i).direction() == Side.DEBIT;
      Int128 sum =
          sums.getOrDefault(account, account.balance).plus(debit ? minor : minor.negated());
      if (sum == null) {
        return null;
      }
      sums.put(account, sum);
    }
    return new Accepted<>(
        found, found.stream().map(account -> sums.getOrDefault(account, account.balance)).toList());
  }

  private void comparePostings(long seq, Accepted<AccountRow> accepted) throws SQLException {
    strayPostings(seq, 0);
    for (NewPosting due : changes.postings) {
      String account = accepted.accounts().get(due.ordinal()).definition().id().path();
      String place =
          "talea_posting, seq %d, ordinal %d, account '%s'".formatted(seq, due.ordinal(), account);
      strayPostings(seq, due.ordinal());
      if (postings.at(Column.SEQ) != seq || postings.at(Column.ORDINAL) != due.ordinal()) {
        found(
            place
                + ": there is no row with amount "
                + due.amount()
                + " and balance "
                + due.balance());
        continue;
      }
      Row row = postings.row();
      compare(place, Column.ACCOUNT_SEQ, row.text(Column.ACCOUNT_SEQ), due.accountSeq());
      compare(place, Column.AMOUNT, row.text(Column.AMOUNT), due.amount());
      compare(place, Column.BALANCE, row.text(Column.BALANCE), due.balance());
      postings.next();
    }
    strayPostings(seq, Long.MAX_VALUE);
  }

  /** Passes over postings before a place, which belong to nothing. */
  private void strayPostings(long seq, long ordinal) throws SQLException {
    while (postings.there()
        && (postings.at(Column.SEQ) < seq
            || (postings.at(Column.SEQ) == seq && postings.at(Column.ORDINAL) < ordinal))) {
      found(
          "talea_posting, seq %d, ordinal %d, account_seq %d: no transaction has such a posting"
              .formatted(
                  postings.at(Column.SEQ),
                  postings.at(Column.ORDINAL),
                  postings.at(Column.ACCOUNT_SEQ)));
      postings.next();
    }
  }

  /** Whatever the index of keys says, each is looked at in their order. */
  private void checkKeys() throws SQLException {
    long keys = 0;
    String before = null;
    try (Cursor all =
        new Cursor(
            connection,
            query(
                "SELECT idempotency_key, seq FROM talea_transaction WHERE book_id = :bookid"
                    + " ORDER BY idempotency_key"),
            book.bookId())) {
      for (; all.there(); all.next()) {
        String key = all.row().text(Column.IDEMPOTENCY_KEY);
        if (key.equals(before)) {
          found(
              "talea_transaction, seq %d: the idempotency key '%s' is used twice"
                  .formatted(all.at(Column.SEQ), key));
        }
        before = key;
        keys++;
      }
    }
    if (keys != transactions) {
      found(
          "talea_transaction has %d rows in the order of seqs, and %d in that of keys: an index is"
                  .formatted(transactions, keys)
              + " broken");
    }
  }

  /** An asset has been looked at. */
  void registered(long seq, long at) throws SQLException {
    begin(at);
    end(seq, at);
  }

  /** An event of this moment comes: if it is another one, a group has ended. */
  private void begin(long at) throws SQLException {
    if (at != lastAt) {
      requireGroupEnd();
    }
  }

  private void requireGroupEnd() throws SQLException {
    if (!settled) {
      found(
          "talea_commit has no row for the group that ended with seq %d at %d"
              .formatted(lastSeq, lastAt));
      endGroup();
    }
  }

  private void end(long seq, long at) throws SQLException {
    events++;
    passed.accept(1);
    lastSeq = seq;
    lastAt = at;
    settled = false;
    strayCommits(seq);
    if (commits.at(Column.LAST_SEQ) == seq) {
      String actual = commits.row().text(Column.AT);
      compare("talea_commit, last_seq " + seq, Column.AT, actual, at);
      commits.next();
      endGroup();
      strayCommits(seq + 1);
    }
  }

  /** Passes over groups that are said to have ended before a seq, and did not. */
  private void strayCommits(long seq) throws SQLException {
    while (commits.there() && commits.at(Column.LAST_SEQ) < seq) {
      found(
          "talea_commit, last_seq %d at %d: no group ended there"
              .formatted(commits.at(Column.LAST_SEQ), commits.at(Column.AT)));
      commits.next();
    }
  }

  /** After each group there are the totals that it changed. */
  private void endGroup() throws SQLException {
    settled = true;
    strayTotals(lastSeq, 0);
    for (long asset : new TreeSet<>(changes.totals.keySet())) {
      Total due = changes.totals.getOrDefault(asset, Total.NONE);
      String place = "talea_total_at, seq %d, %s".formatted(lastSeq, named(asset));
      strayTotals(lastSeq, asset);
      if (totalsAt.at(Column.SEQ) != lastSeq || totalsAt.at(Column.ASSET_SEQ) != asset) {
        found(place + ": there is no row with debits and credits of " + due.debits());
        continue;
      }
      compare(place, totalsAt.row(), due);
      totalsAt.next();
    }
    strayTotals(lastSeq, Long.MAX_VALUE);
    totals.putAll(changes.totals);
    changes = noChanges();
  }

  private void compare(String place, Row row, Total due) throws SQLException {
    compare(place, Column.DEBITS, row.text(Column.DEBITS), due.debits());
    compare(place, Column.CREDITS, row.text(Column.CREDITS), due.credits());
  }

  private void strayTotals(long seq, long asset) throws SQLException {
    while (totalsAt.there()
        && (totalsAt.at(Column.SEQ) < seq
            || (totalsAt.at(Column.SEQ) == seq && totalsAt.at(Column.ASSET_SEQ) < asset))) {
      found(
          "talea_total_at, seq %d, %s: no group changed these totals"
              .formatted(totalsAt.at(Column.SEQ), named(totalsAt.at(Column.ASSET_SEQ))));
      totalsAt.next();
    }
  }

  private String named(long assetSeq) {
    Asset asset = assets.get(assetSeq);
    return asset == null ? "asset_seq " + assetSeq : "asset '" + asset.id() + "'";
  }

  private CheckedBook finish() throws SQLException {
    requireGroupEnd();
    strayCommits(Long.MAX_VALUE);
    strayPostings(Long.MAX_VALUE, Long.MAX_VALUE);
    strayTotals(Long.MAX_VALUE, Long.MAX_VALUE);
    compareTotals();
    String place = "talea_book, book_id " + book.bookId();
    if (book.lastSeq() != lastSeq) {
      found(place, Column.LAST_SEQ.label, book.lastSeq(), lastSeq);
    }
    if (book.lastAt() != lastAt) {
      found(place, Column.LAST_AT.label, book.lastAt(), lastAt);
    }
    if (book.accounts() != opened) {
      found(place, Column.ACCOUNTS.label, book.accounts(), opened);
    }
    Map<String, CheckedTotal> all = new TreeMap<>();
    totals.forEach(
        (seq, total) -> {
          Asset asset = assets.get(seq);
          if (asset != null) {
            all.put(
                asset.id(), new CheckedTotal(asset.precision(), total.debits(), total.credits()));
          }
        });
    return new CheckedBook(book.name(), events, opened, transactions, all, findings.list());
  }

  /** Now, and not after each group. */
  private void compareTotals() throws SQLException {
    TreeSet<Long> missing = new TreeSet<>(totals.keySet());
    try (Cursor now =
        new Cursor(
            connection,
            query(
                "SELECT asset_seq, debits, credits FROM talea_total WHERE book_id = :bookid"
                    + " ORDER BY asset_seq"),
            book.bookId())) {
      for (; now.there(); now.next()) {
        long asset = now.at(Column.ASSET_SEQ);
        Total due = totals.get(asset);
        String place = "talea_total, " + named(asset);
        if (due == null) {
          found(place + ": nothing was posted in it");
        } else {
          missing.remove(asset);
          compare(place, now.row(), due);
        }
      }
    }
    for (long asset : missing) {
      found("talea_total, " + named(asset) + ": there is no row");
    }
  }
}
