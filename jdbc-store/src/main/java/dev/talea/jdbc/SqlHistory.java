// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.AccountId;
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
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.TransactionView;
import dev.talea.ledger.TxId;
import dev.talea.ledger.Watches;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What happened: transactions, the history of an account, events, in pages that are bounded in
 * bytes; with {@link SqlReads}, all that can be asked. Apart from it, because its answers are
 * small: here a row may be of megabytes, and what a driver fetches ahead must be bounded too.
 *
 * <p>As look-ups in indexes, with the same statements for every dialect. Stateless but for its
 * statements; any thread.
 */
final class SqlHistory extends SqlReads {
  /** A single one, whatever its size. */
  private static final String TRANSACTION =
      "SELECT t.seq, t.at, t.tx_id, t.draft FROM talea_transaction t ";

  private static final String PAGE = ":after AND %1$s <= :until ORDER BY %1$s LIMIT :most";

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

  private final Query history;
  private final Query transaction;
  private final Query transactionByKey;
  private final Query transactionsAfter;
  private final Query draft;
  private final Query openingsAfter;
  private final Query registrationsAfter;

  SqlHistory(UnaryOperator<String> sql, Questions questions, StoreHealth health, Watches watches) {
    super(sql, questions, health, watches);
    history =
        query(
            """
            SELECT p.seq, p.amount, t.tx_id, t.at,
              (SELECT s.id FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq
                WHERE a.book_id = %1$s AND a.path = :path) AS asset
            FROM talea_posting p
            JOIN talea_transaction t ON t.book_id = p.book_id AND t.seq = p.seq
            WHERE p.book_id = %1$s
              AND p.account_seq = (SELECT a.account_seq FROM talea_account a
                WHERE a.book_id = %1$s AND a.path = :path)
              AND p.seq > :after ORDER BY p.seq, p.ordinal LIMIT :most"""
                .formatted(BOOK_ID));
    transaction =
        query(
            """
            SELECT t.seq, t.at, t.tx_id, t.draft, b.name, b.last_seq FROM talea_book b
            LEFT JOIN talea_transaction t ON t.book_id = b.book_id AND t.seq = :seq
            WHERE b.book_id = :bookid""");
    transactionByKey =
        query(TRANSACTION + "WHERE t.book_id = " + BOOK_ID + " AND t.idempotency_key = :key");
    transactionsAfter =
        query(
            """
            SELECT t.seq, t.at, t.tx_id,
              CASE WHEN octet_length(CAST(t.draft AS text)) <= :bytes THEN t.draft END AS draft
            FROM talea_transaction t
            WHERE t.book_id = :bookid AND t.seq >\s"""
                + PAGE.formatted("t.seq"));
    draft = query(TRANSACTION + "WHERE t.book_id = :bookid AND t.seq = :seq");
    openingsAfter =
        query(
            """
            SELECT a.account_seq AS seq, a.at, a.path, s.id AS asset, a.kind, a.normal_side,
              a.min_balance
            FROM talea_account a JOIN talea_asset s ON s.asset_seq = a.asset_seq
            WHERE a.book_id = :bookid AND a.account_seq >\s"""
                + PAGE.formatted("a.account_seq"));
    registrationsAfter =
        query(
            """
            SELECT s.asset_seq AS seq, s.at, s.definition FROM talea_asset s
            WHERE s.asset_seq >\s"""
                + PAGE.formatted("s.asset_seq"));
  }

  @Override
  public HistoryPage history(AccountId account, long afterSeq, int limit, int bytesMax) {
    return questions.ask(connection -> history(connection, account, afterSeq, limit, bytesMax));
  }

  private HistoryPage history(
      Connection connection, AccountId id, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    if (!storable(id)) {
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
    return history.all(
        connection,
        row -> Rows.of(Rows.POSTING, id.book(), row, Column.SEQ, () -> posting(row, id)),
        id.book(),
        id.path(),
        afterSeq,
        rows);
  }

  private static PostingView posting(Row row, AccountId id) throws SQLException {
    Int128 amount = row.int128(Column.AMOUNT);
    boolean debit = amount.signum() > 0;
    return new PostingView(
        row.number(Column.SEQ),
        row.uuid(Column.TX_ID),
        id,
        debit ? amount : amount.negated(),
        row.text(Column.ASSET),
        debit ? Side.DEBIT : Side.CREDIT,
        Micros.instant(row.number(Column.AT)));
  }

  /** What is at a seq of a book that has reached another. */
  private record At(@Nullable TransactionView view, long lastSeq) {}

  @Override
  public @Nullable TransactionView transaction(UUID txId) {
    return questions.find(connection -> transaction(connection, txId));
  }

  private @Nullable TransactionView transaction(Connection connection, UUID txId)
      throws SQLException {
    if (!TxId.plausible(txId)) {
      return null;
    }
    // Seqs that share the low half are four thousand million commits apart.
    long last = Long.MAX_VALUE;
    for (long seq = TxId.seqLow(txId); seq <= last; seq += 1L << 32) {
      At at = transaction.first(connection, row -> at(row, txId), seq, TxId.tag(txId));
      if (at == null) {
        return null; // no such book
      }
      if (at.view != null) {
        return at.view;
      }
      last = at.lastSeq;
    }
    return null;
  }

  private static At at(Row row, UUID txId) throws SQLException {
    String book = row.text(Column.NAME);
    boolean ours =
        row.has(Column.TX_ID)
            && Rows.of(Rows.TRANSACTION, book, row, Column.SEQ, () -> row.uuid(Column.TX_ID))
                .equals(txId);
    return new At(ours ? view(row, book) : null, row.number(Column.LAST_SEQ));
  }

  @Override
  public @Nullable TransactionView transactionByKey(String book, String key) {
    return questions.find(
        connection ->
            storable(book) && storable(key)
                ? transactionByKey.first(connection, row -> view(row, book), book, key)
                : null);
  }

  private static TransactionView view(Row row, String book) throws SQLException {
    return Rows.of(
        Rows.TRANSACTION, book, row, Column.SEQ, () -> view(row, book, Rows.draft(row, book)));
  }

  private static TransactionView view(Row row, String book, TransactionDraft draft)
      throws SQLException {
    long seq = row.number(Column.SEQ);
    Instant at = Micros.instant(row.number(Column.AT));
    UUID txId = row.uuid(Column.TX_ID);
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

  /**
   * The front of what a statement finds.
   *
   * @param more whether that was not all
   */
  private record Front<T>(List<Sized<T>> rows, boolean more) {}

  /**
   * Where a page begins and how long it may be.
   *
   * @param connection with autocommit off: only then does a driver fetch rows as they are needed
   */
  private record Wanted(Connection connection, long afterSeq, int limit, int bytesMax) {}

  /**
   * Up to {@code limit} rows and {@code bytesMax} bytes, at least one row if there is one.
   *
   * @param values so that one row more than {@code limit} is asked for
   */
  private static <T> Front<T> front(
      Wanted wanted, Query query, Query.Reader<Sized<T>> reader, Object... values)
      throws SQLException {
    List<Sized<T>> rows = new ArrayList<>();
    PageFill page = new PageFill(wanted.bytesMax);
    try (PreparedStatement ask = query.prepare(wanted.connection)) {
      ask.setFetchSize(ROWS_FIRST);
      try (ResultSet answer = query.ask(ask, values)) {
        Row row = query.rows(answer);
        while (row.next()) {
          answer.setFetchSize(fetchSize(rows.size(), page.left(), wanted.bytesMax));
          if (rows.size() == wanted.limit) {
            return new Front<>(rows, true);
          }
          Sized<T> read = reader.read(row);
          if (!page.takes(read.bytes)) {
            return new Front<>(rows, true);
          }
          rows.add(read);
        }
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

  private <T> Front<T> transactionsAfter(Wanted wanted, BookRow book, Query.Reader<Sized<T>> reader)
      throws SQLException {
    return front(
        wanted,
        transactionsAfter,
        reader,
        DRAFT_BYTES_MAX,
        book.bookId(),
        wanted.afterSeq,
        book.lastSeq(),
        wanted.limit + 1);
  }

  /** The draft of a row of {@link #transactionsAfter}, which may have been left out. */
  private TransactionDraft draft(Connection connection, BookRow book, Row row) throws SQLException {
    if (row.has(Column.DRAFT)) {
      return Rows.draft(row, book.name());
    }
    TransactionDraft large =
        draft.first(
            connection,
            each -> Rows.draft(each, book.name()),
            book.bookId(),
            row.number(Column.SEQ));
    if (large == null) {
      throw new IllegalStateException("it was there a moment ago");
    }
    return large;
  }

  @Override
  public Page<TransactionView, Long> transactions(
      String book, long afterSeq, int limit, int bytesMax) {
    return questions.askRows(
        connection -> transactions(connection, book, afterSeq, limit, bytesMax));
  }

  /** The connection's autocommit is off. */
  private Page<TransactionView, Long> transactions(
      Connection connection, String name, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    BookRow book = row(connection, name);
    if (book == null) {
      return new Page<>(List.of(), null);
    }
    Front<TransactionView> found =
        transactionsAfter(
            new Wanted(connection, afterSeq, limit, bytesMax),
            book,
            row -> {
              TransactionView view =
                  Rows.of(
                      Rows.TRANSACTION,
                      name,
                      row,
                      Column.SEQ,
                      () -> view(row, name, draft(connection, book, row)));
              return new Sized<>(view.seq(), PageFill.bytes(view), view);
            });
    List<TransactionView> items = found.rows.stream().map(Sized::item).toList();
    return new Page<>(items, found.more ? Long.valueOf(items.get(items.size() - 1).seq()) : null);
  }

  @Override
  public List<Event> events(String book, long afterSeq, int limit, int bytesMax) {
    return questions.askRows(connection -> events(connection, book, afterSeq, limit, bytesMax));
  }

  /** The connection's autocommit is off. */
  private List<Event> events(
      Connection connection, String name, long afterSeq, int limit, int bytesMax)
      throws SQLException {
    BookRow book = row(connection, name);
    if (book == null || book.lastSeq() <= afterSeq) {
      return List.of();
    }
    Wanted wanted = new Wanted(connection, afterSeq, limit, bytesMax);
    List<Sized<Event>> merged = new ArrayList<>();
    for (Event.Kind kind : Event.Kind.values()) {
      merged.addAll(ofKind(kind, wanted, book));
    }
    merged.sort(Comparator.comparingLong(Sized::seq));
    List<Event> events = new ArrayList<>();
    PageFill page = new PageFill(bytesMax);
    for (Sized<Event> next : merged) {
      // A gap is where the page of one kind ended early.
      boolean gap = next.seq != afterSeq + events.size() + 1;
      if (gap || events.size() == limit || !page.takes(next.bytes)) {
        break;
      }
      events.add(next.item);
    }
    if (events.isEmpty()) {
      String why = "the book has reached seq " + book.lastSeq() + ", and the event is missing";
      throw new DamagedRowException(
          Rows.TRANSACTION, name, afterSeq + 1, why, new IllegalStateException(why));
    }
    return events;
  }

  /** A page of the events of one kind; each kind has a table of its own. */
  private List<Sized<Event>> ofKind(Event.Kind kind, Wanted wanted, BookRow book)
      throws SQLException {
    boolean system = book.name().equals(DraftRules.SYSTEM_BOOK);
    return switch (kind) {
      case ASSET_REGISTERED -> system ? registrations(wanted, book) : List.of();
      case ACCOUNT_OPENED -> system ? List.of() : openings(wanted, book);
      case TRANSACTION_POSTED -> system ? List.of() : posted(wanted, book);
    };
  }

  private List<Sized<Event>> registrations(Wanted wanted, BookRow book) throws SQLException {
    return front(
            wanted,
            registrationsAfter,
            row -> event(row, Rows.ASSET, book, () -> new AssetRegistered(Rows.asset(row))),
            wanted.afterSeq,
            book.lastSeq(),
            wanted.limit + 1)
        .rows;
  }

  private List<Sized<Event>> openings(Wanted wanted, BookRow book) throws SQLException {
    return front(
            wanted,
            openingsAfter,
            row -> {
              AccountId id = new AccountId(book.name(), row.text(Column.PATH));
              return event(row, Rows.ACCOUNT, book, () -> new AccountOpened(Rows.account(id, row)));
            },
            book.bookId(),
            wanted.afterSeq,
            book.lastSeq(),
            wanted.limit + 1)
        .rows;
  }

  private List<Sized<Event>> posted(Wanted wanted, BookRow book) throws SQLException {
    return transactionsAfter(
            wanted,
            book,
            row ->
                event(
                    row,
                    Rows.TRANSACTION,
                    book,
                    () ->
                        new TransactionPosted(
                            row.uuid(Column.TX_ID), draft(wanted.connection, book, row))))
        .rows;
  }

  private static Sized<Event> event(
      Row row, String table, BookRow book, Rows.Reader<Event.Payload> payload) throws SQLException {
    Event event =
        new Event(
            row.number(Column.SEQ),
            Micros.instant(row.number(Column.AT)),
            Rows.of(table, book.name(), row, Column.SEQ, payload));
    return new Sized<>(event.seq(), PageFill.bytes(event), event);
  }
}
