// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import dev.talea.jdbc.Questions.AsOf;
import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Outage;
import dev.talea.ledger.Page;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.StoreReader;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.Watches;
import dev.talea.ledger.json.JsonTexts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How things stand, now or as of a moment: assets, books, accounts, balances, totals. The other
 * half of the questions, what happened, is {@link SqlHistory}'s. All of it as look-ups in indexes:
 * nothing here walks a table that grows with history. The statements are the same for every
 * dialect.
 *
 * <p>A question that takes several statements needs no transaction, because rows are only ever
 * added: it finds out first up to which seq it looks, and then looks no further.
 *
 * <p>Stateless but for its statements; any thread.
 */
abstract class SqlReads implements StoreReader {
  /** The number of a book, by its name. */
  static final String BOOK_ID = "(SELECT b.book_id FROM talea_book b WHERE b.name = :book)";

  /**
   * Columns of an account and of its balance; to be completed with what bounds the postings that
   * count, and with more columns.
   */
  private static final String ACCOUNTS =
      """
      SELECT a.path, a.account_seq, s.id AS asset, a.kind, a.normal_side, a.min_balance,
        s.definition, a.book_id,
        (SELECT p.balance FROM talea_posting p
          WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq %1$s
          ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1) AS balance,
        (SELECT p.seq FROM talea_posting p
          WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq %1$s
          ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1) AS updated_seq
        %2$s
      FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq
      WHERE a.book_id =\s"""
          + BOOK_ID;

  private static final String LAST_AT =
      "(SELECT b.last_at FROM talea_book b WHERE b.book_id = %s.book_id) AS last_at";

  private static final String BOOKS =
      "SELECT b.book_id, b.name, b.last_seq, b.last_at, b.accounts FROM talea_book b ";

  /** To be completed with columns. */
  private static final String TOTALS =
      "SELECT s.id AS asset, %s FROM talea_total t JOIN talea_asset s ON s.asset_seq = t.asset_seq"
          + " WHERE t.book_id = "
          + BOOK_ID;

  private static final String ASSETS = "SELECT s.definition, s.asset_seq FROM talea_asset s ";

  private final UnaryOperator<String> sql;
  private final List<Query> statements = new ArrayList<>();
  final Questions questions;
  private final StoreHealth health;
  private final Watches watches;
  private final Query account;
  private final Query accountsFrom;
  private final Query accountsAfter;
  private final Query balanceAt;
  private final Query balanceAtSeq;
  private final Query book;
  private final Query booksAfter;
  private final Query asset;
  private final Query assetsAfter;
  private final Query totals;
  private final Query totalsAt;
  private final Query totalsAtSeq;
  private final Query groupEnd;

  /**
   * @param sql puts a statement into the database's dialect
   * @param watches told of what is committed
   */
  SqlReads(UnaryOperator<String> sql, Questions questions, StoreHealth health, Watches watches) {
    this.sql = sql;
    this.questions = questions;
    this.health = health;
    this.watches = watches;
    String list = ACCOUNTS.formatted("", "");
    account = query(list + " AND a.path = :path");
    accountsFrom = query(list + " AND a.path >= :path ORDER BY a.path LIMIT :most");
    accountsAfter = query(list + " AND a.path > :path ORDER BY a.path LIMIT :most");
    balanceAt = query(balanceUpTo(seqAt("a.book_id"), ", " + LAST_AT.formatted("a")));
    balanceAtSeq = query(balanceUpTo(":seq", ""));
    book = query(BOOKS + "WHERE b.name = :book");
    booksAfter = query(BOOKS + "WHERE b.name > :after ORDER BY b.name LIMIT :most");
    asset = query(ASSETS + "WHERE s.id = :id");
    assetsAfter = query(ASSETS + "WHERE s.id > :after ORDER BY s.id LIMIT :most");
    totals = query(TOTALS.formatted("t.debits, t.credits"));
    totalsAt = query(totalsUpTo(seqAt(BOOK_ID), ", " + LAST_AT.formatted("t")));
    totalsAtSeq = query(totalsUpTo(":seq", ""));
    groupEnd =
        query(
            """
            SELECT c.last_seq FROM talea_commit c
            WHERE c.book_id = %1$s AND c.last_seq <= :seq AND c.at <= COALESCE(
              (SELECT t.at FROM talea_transaction t WHERE t.book_id = %1$s AND t.seq = :seq),
              (SELECT a.at FROM talea_account a
                WHERE a.book_id = %1$s AND a.account_seq = :seq))
            ORDER BY c.at DESC, c.last_seq DESC LIMIT 1"""
                .formatted(BOOK_ID));
  }

  /** Makes a statement. To be called while this is being made, and then no more. */
  final Query query(String text) {
    Query made = new Query(sql.apply(text));
    statements.add(made);
    return made;
  }

  /**
   * @param seq an expression for the last seq that counts
   * @param more columns
   */
  private static String balanceUpTo(String seq, String more) {
    return ACCOUNTS.formatted("AND p.seq <= " + seq, more) + " AND a.path = :path";
  }

  /**
   * @param seq an expression for the last seq that counts
   * @param more columns
   */
  private static String totalsUpTo(String seq, String more) {
    // Two look-ups and not a join with the greatest seq: that would read all totals there ever
    // were.
    String total =
        """
        (SELECT h.%1$s FROM talea_total_at h
          WHERE h.book_id = t.book_id AND h.asset_seq = t.asset_seq AND h.seq <= %2$s
          ORDER BY h.seq DESC LIMIT 1) AS %1$s""";
    return TOTALS.formatted(
        total.formatted("debits", seq) + ", " + total.formatted("credits", seq) + more);
  }

  /** The seq that a book had reached at a moment. */
  private static String seqAt(String bookId) {
    return """
        (SELECT c.last_seq FROM talea_commit c WHERE c.book_id = %s AND c.at <= :at
          ORDER BY c.at DESC, c.last_seq DESC LIMIT 1)"""
        .formatted(bookId);
  }

  /** Every statement, for those who want to know how the database goes about them. */
  final List<Query> statements() {
    return statements;
  }

  /**
   * Whether a text can be in the tables at all. A database may refuse a NUL character, and half of
   * a surrogate pair may become another character on the way.
   */
  static boolean storable(String text) {
    return text.indexOf('\0') < 0 && JsonTexts.hasUtf8Form(text);
  }

  static boolean storable(AccountId id) {
    return storable(id.book()) && storable(id.path());
  }

  /** An account as it stands, and its book. */
  record Standing(AccountView view, Asset asset, int bookId) {
    BalanceView balance(@Nullable Instant asOf) {
      return new BalanceView(
          view.account().id(),
          asset.id(),
          asset.precision(),
          view.effective(),
          asOf,
          view.updatedSeq());
    }
  }

  private static Standing standing(Row row, String book) throws SQLException {
    return Rows.of(Rows.ACCOUNT, book, row, Column.ACCOUNT_SEQ, () -> readStanding(row, book));
  }

  private static Standing readStanding(Row row, String book) throws SQLException {
    Account account = Rows.account(new AccountId(book, row.text(Column.PATH)), row);
    Asset asset = Rows.of(Rows.ASSET, DraftRules.SYSTEM_BOOK, row, null, () -> Rows.asset(row));
    Int128 found = row.int128OrNull(Column.BALANCE);
    Int128 raw = found == null ? Int128.ZERO : found;
    Int128 effective = account.creditNormal() ? raw.negated() : raw;
    return new Standing(
        new AccountView(account, asset.precision(), effective, row.number(Column.UPDATED_SEQ)),
        asset,
        row.integer(Column.BOOK_ID));
  }

  /** Throws {@link UnknownAccount} if there is none. */
  final Standing existing(Connection connection, AccountId id) throws SQLException {
    return about(id, account, connection, row -> standing(row, id.book()), id.book(), id.path());
  }

  /** An answer about an account; throws {@link UnknownAccount} if there is none. */
  private static <T> T about(
      AccountId id, Query query, Connection connection, Query.Reader<T> reader, Object... values)
      throws SQLException {
    T found = storable(id) ? query.first(connection, reader, values) : null;
    if (found == null) {
      throw new LedgerException(new UnknownAccount(id.key()));
    }
    return found;
  }

  @Override
  public AccountView account(AccountId id) {
    return questions.ask(connection -> existing(connection, id)).view;
  }

  @Override
  public BalanceView balance(AccountId id, @Nullable Instant asOf) {
    return asOf == null
        ? questions.ask(connection -> existing(connection, id)).balance(null)
        : questions.askAsOf(asOf, connection -> balance(connection, id, asOf));
  }

  private AsOf<BalanceView> balance(Connection connection, AccountId id, Instant asOf)
      throws SQLException {
    return about(
        id,
        balanceAt,
        connection,
        row -> {
          Standing at = standing(row, id.book());
          return new AsOf<>(at.balance(asOf), at.bookId, row.number(Column.LAST_AT));
        },
        Micros.floor(asOf),
        id.book(),
        id.path());
  }

  @Override
  public BalanceView balanceAt(AccountId id, long seq) {
    checkReaches(id.book(), seq);
    Query.Reader<Standing> reader = row -> standing(row, id.book());
    return questions
        .ask(connection -> about(id, balanceAtSeq, connection, reader, seq, id.book(), id.path()))
        .balance(null);
  }

  /** A book's row. */
  record BookRow(int bookId, String name, long lastSeq, long lastAt, long accounts) {
    static BookRow of(Row row) throws SQLException {
      return new BookRow(
          row.integer(Column.BOOK_ID),
          row.text(Column.NAME),
          row.number(Column.LAST_SEQ),
          row.number(Column.LAST_AT),
          row.number(Column.ACCOUNTS));
    }
  }

  final @Nullable BookRow row(Connection connection, String name) throws SQLException {
    return storable(name) ? book.first(connection, BookRow::of, name) : null;
  }

  @Override
  public @Nullable BookView book(String name) {
    BookRow row = questions.find(connection -> row(connection, name));
    return row == null || row.lastSeq == 0 ? null : withHealth(row);
  }

  @Override
  public long lastSeq(String name) {
    BookRow row = questions.find(connection -> row(connection, name));
    return row == null ? 0 : row.lastSeq;
  }

  private BookView withHealth(BookRow row) {
    Outage outage = health.of(row.name);
    return new BookView(
        row.name,
        row.lastSeq,
        Micros.instant(row.lastAt),
        row.accounts,
        outage == null ? null : outage.reason());
  }

  @Override
  public Page<BookView, String> books(@Nullable String after, int limit) {
    // The registry's book may be empty and is passed over then; one more tells whether there is
    // more.
    List<BookRow> rows =
        questions.ask(
            connection -> booksAfter.all(connection, BookRow::of, beginning(after), limit + 2));
    return page(
        rows.stream().filter(row -> row.lastSeq > 0).map(this::withHealth).toList(),
        limit,
        BookView::book);
  }

  /** Names and ids are never empty, so everything comes after the empty text. */
  private static String beginning(@Nullable String after) {
    return after == null ? "" : lowerBound(after);
  }

  /** What the text is compared as: up to the first character that no name can have. */
  private static String lowerBound(String text) {
    int end = text.length();
    while (!storable(text.substring(0, end))) {
      end--;
    }
    return text.substring(0, end);
  }

  private static <T> Page<T, String> page(List<T> items, int limit, Function<T, String> name) {
    return items.size() > limit
        ? new Page<>(items.subList(0, limit), name.apply(items.get(limit - 1)))
        : new Page<>(items, null);
  }

  @Override
  public Page<AccountView, String> accounts(
      String book, String prefix, @Nullable String after, int limit) {
    return questions.ask(connection -> accounts(connection, book, prefix, after, limit));
  }

  private Page<AccountView, String> accounts(
      Connection connection, String book, String prefix, @Nullable String after, int limit)
      throws SQLException {
    if (!storable(book) || !storable(prefix)) {
      return new Page<>(List.of(), null);
    }
    boolean fromPrefix = after == null || DraftRules.BYTEWISE.compare(after, prefix) < 0;
    Query query = fromPrefix ? accountsFrom : accountsAfter;
    String bound = fromPrefix ? prefix : lowerBound(requireNonNull(after));
    List<AccountView> items = new ArrayList<>();
    try (PreparedStatement ask = query.prepare(connection);
        ResultSet answer = query.ask(ask, book, bound, limit + 1)) {
      Row row = query.rows(answer);
      // What begins with the prefix lies together, at the front.
      while (row.next() && row.text(Column.PATH).startsWith(prefix)) {
        items.add(standing(row, book).view);
      }
    }
    return page(items, limit, view -> view.account().id().path());
  }

  private static Asset asset(Row row) throws SQLException {
    return Rows.of(
        Rows.ASSET, DraftRules.SYSTEM_BOOK, row, Column.ASSET_SEQ, () -> Rows.asset(row));
  }

  @Override
  public @Nullable Asset asset(String id) {
    return questions.find(
        connection -> storable(id) ? asset.first(connection, SqlReads::asset, id) : null);
  }

  @Override
  public Page<Asset, String> assets(@Nullable String after, int limit) {
    return page(
        questions.ask(
            connection ->
                assetsAfter.all(connection, SqlReads::asset, beginning(after), limit + 1)),
        limit,
        Asset::id);
  }

  @Override
  public TrialBalance trialBalance(String name, @Nullable Instant asOf) {
    return asOf == null
        ? questions.ask(connection -> totals(connection, name, totals, name))
        : questions.askAsOf(asOf, connection -> totals(connection, name, asOf));
  }

  private TrialBalance totals(Connection connection, String name, Query query, Object... values)
      throws SQLException {
    List<TrialBalance.Line> lines = new ArrayList<>();
    if (storable(name)) {
      query.each(connection, row -> addLine(row, name, lines), values);
    }
    return sorted(name, null, lines);
  }

  private AsOf<TrialBalance> totals(Connection connection, String name, Instant asOf)
      throws SQLException {
    long at = Micros.floor(asOf);
    List<TrialBalance.Line> lines = new ArrayList<>();
    List<Long> lastAt =
        storable(name)
            ? totalsAt.all(
                connection,
                row -> {
                  addLine(row, name, lines);
                  return row.number(Column.LAST_AT);
                },
                name,
                at)
            : List.of();
    long last = lastAt.isEmpty() ? Long.MIN_VALUE : lastAt.get(lastAt.size() - 1);
    BookRow book = last <= at ? row(connection, name) : null;
    return new AsOf<>(sorted(name, asOf, lines), book == null ? 0 : book.bookId, last);
  }

  @Override
  public TrialBalance trialBalanceAt(String name, long seq) {
    checkReaches(name, seq);
    long end = questions.ask(connection -> groupEnd(connection, name, seq));
    // There are totals after whole groups only.
    TrialBalance then =
        questions.ask(connection -> totals(connection, name, totalsAtSeq, end, name));
    return end == seq ? then : plus(then, end, seq);
  }

  /** The last seq up to {@code seq} at which a group ended; 0 if none did. */
  private long groupEnd(Connection connection, String name, long seq) throws SQLException {
    Long end =
        storable(name)
            ? groupEnd.first(connection, row -> row.number(Column.LAST_SEQ), name, seq)
            : null;
    return end == null ? 0 : end;
  }

  /** Totals, and the transactions of a group that begins after them, up to a seq. */
  private TrialBalance plus(TrialBalance totals, long afterSeq, long upToSeq) {
    Map<String, TrialBalance.Line> lines = new TreeMap<>(DraftRules.BYTEWISE);
    totals.lines().forEach(line -> lines.put(line.asset(), line));
    long seen = afterSeq;
    while (seen < upToSeq) {
      int limit = (int) Math.min(upToSeq - seen, Limits.PAGE_LIMIT_MAX);
      Page<TransactionView, Long> page =
          transactions(totals.book(), seen, limit, Limits.PAGE_BYTES_MAX);
      for (TransactionView transaction : page.items()) {
        if (transaction.seq() <= upToSeq) {
          transaction
              .postings()
              .forEach(
                  posting ->
                      lines.merge(
                          posting.asset(), TrialBalance.Line.of(posting), TrialBalance.Line::plus));
        }
      }
      Long next = page.next();
      seen = next == null ? upToSeq : next;
    }
    return new TrialBalance(totals.book(), null, List.copyOf(lines.values()));
  }

  private static TrialBalance sorted(
      String book, @Nullable Instant asOf, List<TrialBalance.Line> lines) {
    lines.sort(Comparator.comparing(TrialBalance.Line::asset, DraftRules.BYTEWISE));
    return new TrialBalance(book, asOf, lines);
  }

  private static void addLine(Row row, String book, List<TrialBalance.Line> lines)
      throws SQLException {
    // An asset without postings by then has no totals.
    if (row.has(Column.DEBITS)) {
      lines.add(
          Rows.of(
              Rows.TOTAL,
              book,
              row,
              null,
              () ->
                  new TrialBalance.Line(
                      row.text(Column.ASSET),
                      row.large(Column.DEBITS),
                      row.large(Column.CREDITS))));
    }
  }

  @Override
  public Watch watch(String book, Runnable onAdvance) {
    return watches.add(book, onAdvance);
  }

  @Override
  public Watch watchAll(Consumer<String> onAdvance) {
    return watches.addAll(onAdvance);
  }

  @Override
  public StoreHealth health() {
    return health;
  }
}
