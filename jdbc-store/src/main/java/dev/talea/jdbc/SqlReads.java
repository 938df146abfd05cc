package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Account;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.AccountView;
import dev.talea.ledger.Asset;
import dev.talea.ledger.BalanceView;
import dev.talea.ledger.BookView;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.HistoryPage;
import dev.talea.ledger.Int128;
import dev.talea.ledger.LedgerError.UnknownAccount;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Micros;
import dev.talea.ledger.Page;
import dev.talea.ledger.PageFill;
import dev.talea.ledger.Posting;
import dev.talea.ledger.PostingView;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TrialBalance;
import dev.talea.ledger.TxId;
import dev.talea.ledger.json.JsonTexts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be asked, as look-ups in indexes: nothing here walks a table that grows with
 * history. The statements are the same for every dialect.
 *
 * <p>A question that takes several statements needs no transaction, because rows are only ever
 * added: it finds out first up to which seq it looks, and then looks no further.
 *
 * <p>Stateless but for its statements; any thread, each with a connection of its own.
 */
final class SqlReads {
  /** Columns of an account and its balance now; to be followed by what chooses them. */
  private static final String ACCOUNTS =
      """
      SELECT a.path, a.account_seq, s.id, a.kind, a.normal_side, a.min_balance, s.definition,
        (SELECT p.balance FROM talea_posting p
          WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq
          ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1),
        (SELECT p.seq FROM talea_posting p
          WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq
          ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1),
        a.book_id
      FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq
      """;

  private static final String BOOK_ID = "(SELECT b.book_id FROM talea_book b WHERE b.name = ?)";

  /** The seq that a book had reached at a moment; to be completed with the book's number. */
  private static final String SEQ_AT =
      "(SELECT c.last_seq FROM talea_commit c WHERE c.book_id = %s AND c.at <= ?"
          + " ORDER BY c.at DESC, c.last_seq DESC LIMIT 1)";

  /** A single one, whatever its size. */
  private static final String TRANSACTION =
      """
      SELECT t.seq, t.at, t.tx_id, t.draft FROM talea_transaction t
      """;

  /** Many, without the drafts that are larger than the first parameter. */
  private static final String TRANSACTIONS =
      """
      SELECT t.seq, t.at, t.tx_id,
        CASE WHEN octet_length(CAST(t.draft AS text)) <= ? THEN t.draft END
      FROM talea_transaction t
      """;

  /**
   * Rows that a driver fetches at once, at first and at most. Rows may be small or of more than a
   * megabyte, and what is fetched lies in memory as a whole.
   */
  private static final int ROWS_FIRST = 4;

  private static final int ROWS_AT_ONCE = 128;

  /**
   * Larger drafts are fetched one by one when it is their turn: how large the next ones are cannot
   * be told from those before them. So many rows of so many bytes are 4 MiB, and a page of a
   * megabyte has no more than 32 that are larger.
   */
  static final int DRAFT_BYTES_MAX = 32 << 10;

  /** So that a few transactions of several postings each take one question. */
  private static final int HISTORY_ROWS_MIN = 64;

  /** About a page of a megabyte; the largest transaction has twice as many. */
  private static final int HISTORY_ROWS_MAX = 4_096;

  private final String account;
  private final String accountsFrom;
  private final String accountsAfter;
  private final String balanceAt;
  private final String balanceAtSeq;
  private final String history;
  private final String transaction;
  private final String transactionByKey;
  private final String transactionsAfter;
  private final String draft;
  private final String book;
  private final String booksAfter;
  private final String openingsAfter;
  private final String registrationsAfter;
  private final String asset;
  private final String assetsAfter;
  private final String totals;
  private final String totalsAt;
  private final String totalsAtSeq;
  private final String groupEnd;

  SqlReads(UnaryOperator<String> sql) {
    account = sql.apply(ACCOUNTS + "WHERE a.book_id = " + BOOK_ID + " AND a.path = ?");
    String list = ACCOUNTS + "WHERE a.book_id = " + BOOK_ID;
    accountsFrom = sql.apply(list + " AND a.path >= ? ORDER BY a.path LIMIT ?");
    accountsAfter = sql.apply(list + " AND a.path > ? ORDER BY a.path LIMIT ?");
    balanceAt = sql.apply(balanceUpTo(SEQ_AT.formatted("a.book_id")));
    balanceAtSeq = sql.apply(balanceUpTo("?"));
    String accountOf =
        "(SELECT %s FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq"
            + " WHERE a.book_id = "
            + BOOK_ID
            + " AND a.path = ?)";
    history =
        sql.apply(
            "SELECT p.seq, p.amount, t.tx_id, t.at, "
                + accountOf.formatted("s.id")
                + " FROM talea_posting p"
                + " JOIN talea_transaction t ON t.book_id = p.book_id AND t.seq = p.seq"
                + " WHERE p.book_id = "
                + BOOK_ID
                + " AND p.account_seq = "
                + "(SELECT a.account_seq FROM talea_account a WHERE a.book_id = "
                + BOOK_ID
                + " AND a.path = ?)"
                + " AND p.seq > ? ORDER BY p.seq, p.ordinal LIMIT ?");
    transaction =
        sql.apply(
            "SELECT t.seq, t.at, t.tx_id, t.draft, b.name, b.last_seq FROM talea_book b"
                + " LEFT JOIN talea_transaction t ON t.book_id = b.book_id AND t.seq = ?"
                + " WHERE b.book_id = ?");
    transactionByKey =
        sql.apply(TRANSACTION + "WHERE t.book_id = " + BOOK_ID + " AND t.idempotency_key = ?");
    transactionsAfter =
        sql.apply(
            TRANSACTIONS
                + "WHERE t.book_id = ? AND t.seq > ? AND t.seq <= ? ORDER BY t.seq LIMIT ?");
    draft = sql.apply(TRANSACTION + "WHERE t.book_id = ? AND t.seq = ?");
    String books = "SELECT b.book_id, b.name, b.last_seq, b.last_at, b.accounts FROM talea_book b";
    book = sql.apply(books + " WHERE b.name = ?");
    booksAfter = sql.apply(books + " WHERE b.name > ? ORDER BY b.name LIMIT ?");
    openingsAfter =
        sql.apply(
            "SELECT a.account_seq, a.at, a.path, s.id, a.kind, a.normal_side, a.min_balance"
                + " FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq"
                + " WHERE a.book_id = ? AND a.account_seq > ? AND a.account_seq <= ?"
                + " ORDER BY a.account_seq LIMIT ?");
    registrationsAfter =
        sql.apply(
            "SELECT s.asset_seq, s.at, s.definition FROM talea_asset s"
                + " WHERE s.asset_seq > ? AND s.asset_seq <= ? ORDER BY s.asset_seq LIMIT ?");
    asset = sql.apply("SELECT s.definition, s.asset_seq FROM talea_asset s WHERE s.id = ?");
    assetsAfter =
        sql.apply(
            "SELECT s.definition, s.asset_seq FROM talea_asset s WHERE s.id > ? ORDER BY s.id LIMIT ?");
    totals =
        sql.apply(
            "SELECT s.id, t.debits, t.credits FROM talea_total t"
                + " JOIN talea_asset s ON s.asset_seq = t.asset_seq WHERE t.book_id = "
                + BOOK_ID);
    totalsAt = sql.apply(totalsUpTo(SEQ_AT.formatted(BOOK_ID)));
    totalsAtSeq = sql.apply(totalsUpTo("?"));
    groupEnd =
        sql.apply(
            "SELECT c.last_seq FROM talea_commit c WHERE c.book_id = "
                + BOOK_ID
                + " AND c.at <= COALESCE((SELECT t.at FROM talea_transaction t WHERE t.book_id = "
                + BOOK_ID
                + " AND t.seq = ?), (SELECT a.at FROM talea_account a WHERE a.book_id = "
                + BOOK_ID
                + " AND a.account_seq = ?)) AND c.last_seq <= ?"
                + " ORDER BY c.at DESC, c.last_seq DESC LIMIT 1");
  }

  /**
   * @param seq an expression for the last seq that counts
   */
  private static String balanceUpTo(String seq) {
    String posting =
        "(SELECT p.%s FROM talea_posting p WHERE p.book_id = a.book_id"
            + " AND p.account_seq = a.account_seq AND p.seq <= "
            + seq
            + " ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1)";
    return "SELECT a.path, a.account_seq, s.id, a.kind, a.normal_side, a.min_balance, s.definition, "
        + posting.formatted("balance")
        + ", "
        + posting.formatted("seq")
        + ", a.book_id,"
        + " (SELECT b.last_at FROM talea_book b WHERE b.book_id = a.book_id)"
        + " FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq"
        + " WHERE a.book_id = "
        + BOOK_ID
        + " AND a.path = ?";
  }

  /**
   * @param seq an expression for the last seq that counts
   */
  private static String totalsUpTo(String seq) {
    // Two look-ups and not a join with the greatest seq: that would read all totals there ever
    // were.
    String total =
        "(SELECT h.%s FROM talea_total_at h WHERE h.book_id = t.book_id"
            + " AND h.asset_seq = t.asset_seq AND h.seq <= "
            + seq
            + " ORDER BY h.seq DESC LIMIT 1)";
    return "SELECT s.id, "
        + total.formatted("debits")
        + ", "
        + total.formatted("credits")
        + ", (SELECT b.last_at FROM talea_book b WHERE b.book_id = t.book_id)"
        + " FROM talea_total t JOIN talea_asset s ON s.asset_seq = t.asset_seq"
        + " WHERE t.book_id = "
        + BOOK_ID;
  }

  /** Every statement, for those who want to know how the database goes about them. */
  List<String> statements() {
    return List.of(
        account,
        accountsFrom,
        accountsAfter,
        balanceAt,
        balanceAtSeq,
        history,
        transaction,
        transactionByKey,
        transactionsAfter,
        draft,
        book,
        booksAfter,
        openingsAfter,
        registrationsAfter,
        asset,
        assetsAfter,
        totals,
        totalsAt,
        totalsAtSeq,
        groupEnd);
  }

  /**
   * Whether a text can be in the tables at all. A database may refuse a NUL character, and half of
   * a surrogate pair may become another character on the way.
   */
  private static boolean storable(String text) {
    return text.indexOf('\0') < 0 && JsonTexts.hasUtf8Form(text);
  }

  /** An account as it is now. */
  private record Now(AccountView view, int bookId, long accountSeq, Asset asset) {}

  private static Now now(ResultSet row, String book) throws SQLException {
    return Rows.of(Rows.ACCOUNT, book, row, 2, () -> readNow(row, book));
  }

  private static Now readNow(ResultSet row, String book) throws SQLException {
    Account definition = Rows.account(new AccountId(book, Rows.text(row, 1)), row, 3);
    Asset asset = Rows.of(Rows.ASSET, DraftRules.SYSTEM_BOOK, row, 0, () -> Rows.asset(row, 7));
    Int128 balance = Rows.int128(row, 8);
    return new Now(
        new AccountView(
            definition,
            asset.precision(),
            effective(definition, balance == null ? Int128.ZERO : balance),
            row.getLong(9)),
        row.getInt(10),
        row.getLong(2),
        asset);
  }

  private static Int128 effective(Account account, Int128 raw) {
    return account.creditNormal() ? raw.negated() : raw;
  }

  private Now existing(Connection connection, AccountId id) throws SQLException {
    if (storable(id.book()) && storable(id.path())) {
      try (PreparedStatement ask = connection.prepareStatement(account)) {
        ask.setString(1, id.book());
        ask.setString(2, id.path());
        try (ResultSet row = ask.executeQuery()) {
          if (row.next()) {
            return now(row, id.book());
          }
        }
      }
    }
    throw new LedgerException(new UnknownAccount(id.key()));
  }

  AccountView account(Connection connection, AccountId id) throws SQLException {
    return existing(connection, id).view;
  }

  BalanceView balance(Connection connection, AccountId id) throws SQLException {
    Now now = existing(connection, id);
    return balance(now, null);
  }

  private static BalanceView balance(Now at, @Nullable Instant asOf) {
    Asset asset = at.asset;
    return new BalanceView(
        at.view.account().id(),
        asset.id(),
        asset.precision(),
        at.view.effective(),
        asOf,
        at.view.updatedSeq());
  }

  /**
   * What was read as of a moment, and what to ask for more about the book it was read from.
   *
   * @param bookId 0 if there is no such book
   * @param lastAt the last commit there was when it was read
   */
  record AsOf<T>(T answer, int bookId, long lastAt) {}

  AsOf<BalanceView> balanceAt(Connection connection, AccountId id, Instant asOf)
      throws SQLException {
    if (storable(id.book()) && storable(id.path())) {
      try (PreparedStatement ask = connection.prepareStatement(balanceAt)) {
        ask.setLong(1, Micros.floor(asOf));
        ask.setLong(2, Micros.floor(asOf));
        ask.setString(3, id.book());
        ask.setString(4, id.path());
        try (ResultSet row = ask.executeQuery()) {
          if (row.next()) {
            Now at = now(row, id.book());
            return new AsOf<>(balance(at, asOf), at.bookId, row.getLong(11));
          }
        }
      }
    }
    throw new LedgerException(new UnknownAccount(id.key()));
  }

  /**
   * @param seq which the book has reached
   */
  BalanceView balanceAtSeq(Connection connection, AccountId id, long seq) throws SQLException {
    if (storable(id.book()) && storable(id.path())) {
      try (PreparedStatement ask = connection.prepareStatement(balanceAtSeq)) {
        ask.setLong(1, seq);
        ask.setLong(2, seq);
        ask.setString(3, id.book());
        ask.setString(4, id.path());
        try (ResultSet row = ask.executeQuery()) {
          if (row.next()) {
            return balance(now(row, id.book()), null);
          }
        }
      }
    }
    throw new LedgerException(new UnknownAccount(id.key()));
  }

  HistoryPage history(Connection connection, AccountId id, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    if (!storable(id.book()) || !storable(id.path())) {
      throw new LedgerException(new UnknownAccount(id.key()));
    }
    PageFill page = new PageFill(bytesMax);
    List<PostingView> items = new ArrayList<>();
    int transactions = 0;
    long seq = afterSeq;
    // A transaction may have many postings to one account, so rows are asked for in pieces, each of
    // which begins behind the last whole transaction.
    while (true) {
      int wanted = Math.min(Math.max(HISTORY_ROWS_MIN, limit - transactions + 1), HISTORY_ROWS_MAX);
      List<PostingView> piece = postings(connection, id, seq, wanted);
      boolean last = piece.size() < wanted;
      if (piece.isEmpty() && items.isEmpty()) {
        existing(connection, id); // no postings, or no account?
      }
      if (!last && piece.get(0).seq() == piece.get(piece.size() - 1).seq()) {
        piece = postings(connection, id, seq, Limits.POSTINGS_MAX + 1);
        last = piece.size() <= Limits.POSTINGS_MAX;
      }
      int end = last ? piece.size() : endOfWhole(piece);
      for (int from = 0; from < end; ) {
        int to = endOfTransaction(piece, from);
        List<PostingView> rows = piece.subList(from, to);
        if (transactions == limit || !page.takes(PageFill.bytes(rows))) {
          return new HistoryPage(items, seq);
        }
        items.addAll(rows);
        seq = rows.get(0).seq();
        transactions++;
        from = to;
      }
      if (last) {
        return new HistoryPage(items, null);
      }
      if (transactions == limit) {
        return new HistoryPage(items, seq);
      }
    }
  }

  /** Index behind the last row of the transaction that begins at an index. */
  private static int endOfTransaction(List<PostingView> rows, int from) {
    int to = from + 1;
    while (to < rows.size() && rows.get(to).seq() == rows.get(from).seq()) {
      to++;
    }
    return to;
  }

  /** Index of the first row of the last transaction, which may not be all there. */
  private static int endOfWhole(List<PostingView> rows) {
    long lastSeq = rows.get(rows.size() - 1).seq();
    int end = rows.size();
    while (rows.get(end - 1).seq() == lastSeq) {
      end--;
    }
    return end;
  }

  private List<PostingView> postings(Connection connection, AccountId id, long afterSeq, int rows)
      throws SQLException {
    List<PostingView> postings = new ArrayList<>();
    try (PreparedStatement ask = connection.prepareStatement(history)) {
      ask.setString(1, id.book());
      ask.setString(2, id.path());
      ask.setString(3, id.book());
      ask.setString(4, id.book());
      ask.setString(5, id.path());
      ask.setLong(6, afterSeq);
      ask.setInt(7, rows);
      try (ResultSet row = ask.executeQuery()) {
        while (row.next()) {
          postings.add(Rows.of(Rows.POSTING, id.book(), row, 1, () -> posting(row, id)));
        }
      }
    }
    return postings;
  }

  private static PostingView posting(ResultSet row, AccountId id) throws SQLException {
    Int128 amount = requireNonNull(Rows.int128(row, 2));
    boolean debit = amount.signum() > 0;
    return new PostingView(
        row.getLong(1),
        Rows.uuid(row, 3),
        id,
        debit ? amount : amount.negated(),
        Rows.text(row, 5),
        debit ? Side.DEBIT : Side.CREDIT,
        Micros.instant(row.getLong(4)));
  }

  @Nullable TransactionView transaction(Connection connection, UUID txId) throws SQLException {
    if (!TxId.plausible(txId)) {
      return null;
    }
    // Seqs that share the low half are four thousand million commits apart.
    long last = Long.MAX_VALUE;
    for (long seq = TxId.seqLow(txId); seq <= last; seq += 1L << 32) {
      try (PreparedStatement ask = connection.prepareStatement(transaction)) {
        ask.setLong(1, seq);
        ask.setInt(2, TxId.tag(txId));
        try (ResultSet row = ask.executeQuery()) {
          if (!row.next()) {
            return null; // no such book
          }
          if (row.getString(3) != null
              && Rows.of(Rows.TRANSACTION, row.getString(5), row, 1, () -> Rows.uuid(row, 3))
                  .equals(txId)) {
            return view(row, Rows.text(row, 5));
          }
          last = row.getLong(6);
        }
      }
    }
    return null;
  }

  /** A book's row. */
  record BookRow(int bookId, String name, long lastSeq, long lastAt, long accounts) {
    BookView view() {
      return new BookView(name, lastSeq, Micros.instant(lastAt), accounts, null);
    }
  }

  @Nullable TransactionView transactionByKey(Connection connection, String book, String key)
      throws SQLException {
    if (!storable(book) || !storable(key)) {
      return null;
    }
    try (PreparedStatement ask = connection.prepareStatement(transactionByKey)) {
      ask.setString(1, book);
      ask.setString(2, key);
      try (ResultSet row = ask.executeQuery()) {
        return row.next() ? view(row, book) : null;
      }
    }
  }

  private static TransactionView view(ResultSet row, String book) throws SQLException {
    return Rows.of(Rows.TRANSACTION, book, row, 1, () -> view(row, book, Rows.draft(row, 4, book)));
  }

  private static TransactionView view(ResultSet row, String book, TransactionDraft draft)
      throws SQLException {
    long seq = row.getLong(1);
    Instant at = Micros.instant(row.getLong(2));
    UUID txId = Rows.uuid(row, 3);
    List<PostingView> postings = new ArrayList<>(draft.postings().size());
    for (Posting posting : draft.postings()) {
      postings.add(
          new PostingView(
              seq,
              txId,
              new AccountId(book, posting.account()),
              posting.minor(),
              posting.asset(),
              posting.direction(),
              at));
    }
    return new TransactionView(
        txId, book, seq, at, postings, draft.externalRefs(), draft.metadata());
  }

  /** A row of one of the tables of events, and how large it is. */
  private record Sized<T>(long seq, int bytes, T item) {}

  /** Makes something of a row. */
  private interface RowReader<T> {
    Sized<T> read(ResultSet row) throws SQLException;
  }

  /**
   * The front of what a statement finds.
   *
   * @param more whether that was not all
   */
  private record Front<T>(List<Sized<T>> rows, boolean more) {}

  /**
   * Up to {@code limit} rows and {@code bytesMax} bytes, at least one row if there is one.
   *
   * @param ask asks for one row more than {@code limit}, on a connection whose autocommit is off:
   *     only then does a driver fetch rows as they are needed
   */
  private static <T> Front<T> front(
      PreparedStatement ask, int limit, int bytesMax, RowReader<T> reader) throws SQLException {
    List<Sized<T>> rows = new ArrayList<>();
    ask.setFetchSize(ROWS_FIRST);
    PageFill page = new PageFill(bytesMax);
    try (ResultSet row = ask.executeQuery()) {
      while (row.next()) {
        row.setFetchSize(fetchSize(rows.size(), page.left(), bytesMax));
        if (rows.size() == limit) {
          return new Front<>(rows, true);
        }
        Sized<T> read = reader.read(row);
        if (!page.takes(read.bytes)) {
          return new Front<>(rows, true);
        }
        rows.add(read);
      }
    }
    return new Front<>(rows, false);
  }

  /**
   * How many rows to fetch next: as many as the page still takes if they are as large as those so
   * far, and not many more than have been seen.
   */
  static int fetchSize(int rows, long bytesLeft, int bytesMax) {
    long average = Math.max(1, (bytesMax - bytesLeft) / Math.max(1, rows));
    long fitting = Math.max(0, bytesLeft) / average + 1;
    return (int) Math.min(fitting, Math.min(ROWS_AT_ONCE, Math.max(ROWS_FIRST, 3L * rows)));
  }

  private <T> Front<T> transactionsAfter(
      Connection connection,
      BookRow book,
      long afterSeq,
      int limit,
      int bytesMax,
      RowReader<T> reader)
      throws SQLException {
    try (PreparedStatement ask = connection.prepareStatement(transactionsAfter)) {
      ask.setInt(1, DRAFT_BYTES_MAX);
      ask.setInt(2, book.bookId);
      ask.setLong(3, afterSeq);
      ask.setLong(4, book.lastSeq);
      ask.setInt(5, limit + 1);
      return front(ask, limit, bytesMax, reader);
    }
  }

  /** The draft of a row of {@link #transactionsAfter}, which may have been left out. */
  private TransactionDraft draft(Connection connection, BookRow book, ResultSet row)
      throws SQLException {
    if (row.getString(4) != null) {
      return Rows.draft(row, 4, book.name);
    }
    try (PreparedStatement ask = connection.prepareStatement(draft)) {
      ask.setInt(1, book.bookId);
      ask.setLong(2, row.getLong(1));
      try (ResultSet large = ask.executeQuery()) {
        if (!large.next()) {
          throw new IllegalStateException("it was there a moment ago");
        }
        return Rows.draft(large, 4, book.name);
      }
    }
  }

  /** See {@link #front} about the connection. */
  Page<TransactionView, Long> transactions(
      Connection connection, String name, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    BookRow book = book(connection, name);
    if (book == null) {
      return new Page<>(List.of(), null);
    }
    Front<TransactionView> found =
        transactionsAfter(
            connection,
            book,
            afterSeq,
            limit,
            bytesMax,
            row -> {
              TransactionView view =
                  Rows.of(
                      Rows.TRANSACTION,
                      name,
                      row,
                      1,
                      () -> view(row, name, draft(connection, book, row)));
              return new Sized<>(view.seq(), PageFill.bytes(view), view);
            });
    List<TransactionView> items = found.rows.stream().map(Sized::item).toList();
    return new Page<>(items, found.more ? Long.valueOf(items.get(items.size() - 1).seq()) : null);
  }

  /** See {@link #front} about the connection. */
  List<Event> events(Connection connection, String name, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    BookRow book = book(connection, name);
    if (book == null || book.lastSeq <= afterSeq) {
      return List.of();
    }
    List<Sized<Event>> merged =
        name.equals(DraftRules.SYSTEM_BOOK)
            ? registrations(connection, book, afterSeq, limit, bytesMax)
            : openingsAndTransactions(connection, book, afterSeq, limit, bytesMax);
    List<Event> events = new ArrayList<>();
    PageFill page = new PageFill(bytesMax);
    for (Sized<Event> next : merged) {
      // A gap is where one of the two pages ended early.
      boolean gap = next.seq != afterSeq + events.size() + 1;
      if (gap || events.size() == limit || !page.takes(next.bytes)) {
        break;
      }
      events.add(next.item);
    }
    if (events.isEmpty()) {
      String why = "the book has reached seq " + book.lastSeq + ", and the event is missing";
      throw new DamagedRowException(
          Rows.TRANSACTION, name, afterSeq + 1, why, new IllegalStateException(why));
    }
    return events;
  }

  private List<Sized<Event>> registrations(
      Connection connection, BookRow book, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    try (PreparedStatement ask = connection.prepareStatement(registrationsAfter)) {
      ask.setLong(1, afterSeq);
      ask.setLong(2, book.lastSeq);
      ask.setInt(3, limit + 1);
      return front(
              ask,
              limit,
              bytesMax,
              row -> event(row, Rows.ASSET, book, () -> new AssetRegistered(Rows.asset(row, 3))))
          .rows;
    }
  }

  private List<Sized<Event>> openingsAndTransactions(
      Connection connection, BookRow book, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    List<Sized<Event>> merged = new ArrayList<>();
    try (PreparedStatement ask = connection.prepareStatement(openingsAfter)) {
      ask.setInt(1, book.bookId);
      ask.setLong(2, afterSeq);
      ask.setLong(3, book.lastSeq);
      ask.setInt(4, limit + 1);
      merged.addAll(
          front(
                  ask,
                  limit,
                  bytesMax,
                  row -> {
                    AccountId id = new AccountId(book.name, Rows.text(row, 3));
                    return event(
                        row, Rows.ACCOUNT, book, () -> new AccountOpened(Rows.account(id, row, 4)));
                  })
              .rows);
    }
    merged.addAll(
        transactionsAfter(
                connection,
                book,
                afterSeq,
                limit,
                bytesMax,
                row ->
                    event(
                        row,
                        Rows.TRANSACTION,
                        book,
                        () ->
                            new TransactionPosted(Rows.uuid(row, 3), draft(connection, book, row))))
            .rows);
    merged.sort(Comparator.comparingLong(Sized::seq));
    return merged;
  }

  private static Sized<Event> event(
      ResultSet row, String table, BookRow book, Rows.Reader<Event.Payload> payload)
      throws SQLException {
    Event event =
        new Event(
            row.getLong(1),
            Micros.instant(row.getLong(2)),
            Rows.of(table, book.name, row, 1, payload));
    return new Sized<>(event.seq(), PageFill.bytes(event), event);
  }

  @Nullable BookRow book(Connection connection, String name) throws SQLException {
    if (!storable(name)) {
      return null;
    }
    try (PreparedStatement ask = connection.prepareStatement(book)) {
      ask.setString(1, name);
      try (ResultSet row = ask.executeQuery()) {
        return row.next() ? bookRow(row) : null;
      }
    }
  }

  private static BookRow bookRow(ResultSet row) throws SQLException {
    return new BookRow(
        row.getInt(1), Rows.text(row, 2), row.getLong(3), row.getLong(4), row.getLong(5));
  }

  Page<BookView, String> books(Connection connection, @Nullable String after, int limit)
      throws SQLException {
    List<BookView> items = new ArrayList<>();
    try (PreparedStatement ask = connection.prepareStatement(booksAfter)) {
      ask.setString(1, beginning(after));
      // The registry's book may be empty and is passed over then; one more tells whether there is
      // more.
      ask.setInt(2, limit + 2);
      try (ResultSet row = ask.executeQuery()) {
        while (row.next()) {
          BookRow book = bookRow(row);
          if (book.lastSeq > 0) {
            items.add(book.view());
          }
        }
      }
    }
    return page(items, limit, BookView::book);
  }

  /** Names and ids are never empty, so everything comes after the empty text. */
  private static String beginning(@Nullable String after) {
    return after == null ? "" : lowerBound(after);
  }

  /** What the text is compared as: up to the first character that no name can have. */
  private static String lowerBound(String text) {
    return storable(text) ? text : storablePrefix(text);
  }

  private static String storablePrefix(String text) {
    int end = text.length();
    while (end > 0 && !storable(text.substring(0, end))) {
      end--;
    }
    return text.substring(0, end);
  }

  private static <T> Page<T, String> page(List<T> items, int limit, Function<T, String> name) {
    return items.size() > limit
        ? new Page<>(items.subList(0, limit), name.apply(items.get(limit - 1)))
        : new Page<>(items, null);
  }

  Page<AccountView, String> accounts(
      Connection connection, String book, String prefix, @Nullable String after, int limit)
      throws SQLException {
    if (!storable(book) || !storable(prefix)) {
      return new Page<>(List.of(), null);
    }
    boolean fromPrefix = after == null || DraftRules.BYTEWISE.compare(after, prefix) < 0;
    List<AccountView> items = new ArrayList<>();
    try (PreparedStatement ask =
        connection.prepareStatement(fromPrefix ? accountsFrom : accountsAfter)) {
      ask.setString(1, book);
      ask.setString(2, fromPrefix ? prefix : lowerBound(requireNonNull(after)));
      ask.setInt(3, limit + 1);
      try (ResultSet row = ask.executeQuery()) {
        // What begins with the prefix lies together, at the front.
        while (row.next() && Rows.text(row, 1).startsWith(prefix)) {
          items.add(now(row, book).view);
        }
      }
    }
    return page(items, limit, view -> view.account().id().path());
  }

  @Nullable Asset asset(Connection connection, String id) throws SQLException {
    if (!storable(id)) {
      return null;
    }
    try (PreparedStatement ask = connection.prepareStatement(asset)) {
      ask.setString(1, id);
      try (ResultSet row = ask.executeQuery()) {
        return row.next() ? registered(row) : null;
      }
    }
  }

  private static Asset registered(ResultSet row) throws SQLException {
    return Rows.of(Rows.ASSET, DraftRules.SYSTEM_BOOK, row, 2, () -> Rows.asset(row, 1));
  }

  Page<Asset, String> assets(Connection connection, @Nullable String after, int limit)
      throws SQLException {
    List<Asset> items = new ArrayList<>();
    try (PreparedStatement ask = connection.prepareStatement(assetsAfter)) {
      ask.setString(1, beginning(after));
      ask.setInt(2, limit + 1);
      try (ResultSet row = ask.executeQuery()) {
        while (row.next()) {
          items.add(registered(row));
        }
      }
    }
    return page(items, limit, Asset::id);
  }

  TrialBalance trialBalance(Connection connection, String name) throws SQLException {
    List<TrialBalance.Line> lines = new ArrayList<>();
    if (storable(name)) {
      try (PreparedStatement ask = connection.prepareStatement(totals)) {
        ask.setString(1, name);
        try (ResultSet row = ask.executeQuery()) {
          while (row.next()) {
            addLine(row, name, lines);
          }
        }
      }
    }
    return sorted(name, null, lines);
  }

  AsOf<TrialBalance> trialBalanceAt(Connection connection, String name, Instant asOf)
      throws SQLException {
    List<TrialBalance.Line> lines = new ArrayList<>();
    BookRow book = null;
    long lastAt = Long.MIN_VALUE;
    if (storable(name)) {
      try (PreparedStatement ask = connection.prepareStatement(totalsAt)) {
        ask.setString(1, name);
        ask.setLong(2, Micros.floor(asOf));
        ask.setString(3, name);
        ask.setLong(4, Micros.floor(asOf));
        ask.setString(5, name);
        try (ResultSet row = ask.executeQuery()) {
          while (row.next()) {
            addLine(row, name, lines);
            lastAt = row.getLong(4);
          }
        }
      }
      if (lastAt <= Micros.floor(asOf)) {
        book = book(connection, name);
      }
    }
    return new AsOf<>(sorted(name, asOf, lines), book == null ? 0 : book.bookId, lastAt);
  }

  /**
   * The last seq up to {@code seq} at which a group ended; 0 if none did.
   *
   * @param seq which the book has reached
   */
  long groupEnd(Connection connection, String name, long seq) throws SQLException {
    if (!storable(name)) {
      return 0;
    }
    try (PreparedStatement ask = connection.prepareStatement(groupEnd)) {
      ask.setString(1, name);
      ask.setString(2, name);
      ask.setLong(3, seq);
      ask.setString(4, name);
      ask.setLong(5, seq);
      ask.setLong(6, seq);
      try (ResultSet row = ask.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  /**
   * @param seq at which a group ended, or 0: there are totals after whole groups only
   */
  TrialBalance trialBalanceAtSeq(Connection connection, String name, long seq) throws SQLException {
    List<TrialBalance.Line> lines = new ArrayList<>();
    if (storable(name)) {
      try (PreparedStatement ask = connection.prepareStatement(totalsAtSeq)) {
        ask.setLong(1, seq);
        ask.setLong(2, seq);
        ask.setString(3, name);
        try (ResultSet row = ask.executeQuery()) {
          while (row.next()) {
            addLine(row, name, lines);
          }
        }
      }
    }
    return sorted(name, null, lines);
  }

  private static TrialBalance sorted(
      String book, @Nullable Instant asOf, List<TrialBalance.Line> lines) {
    lines.sort(Comparator.comparing(TrialBalance.Line::asset, DraftRules.BYTEWISE));
    return new TrialBalance(book, asOf, lines);
  }

  private static void addLine(ResultSet row, String book, List<TrialBalance.Line> lines)
      throws SQLException {
    // An asset without postings by then has no totals.
    if (row.getString(2) != null) {
      lines.add(
          Rows.of(
              Rows.TOTAL,
              book,
              row,
              0,
              () ->
                  new TrialBalance.Line(
                      Rows.text(row, 1), Rows.integer(row, 2), Rows.integer(row, 3))));
    }
  }
}
