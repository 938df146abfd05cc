// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.projection.Notice;
import dev.talea.ledger.projection.WebhookView;
import dev.talea.projections.Dialect;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.Selection;
import dev.talea.projections.Tables;
import dev.talea.projections.TargetException;
import dev.talea.projections.Values;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tables of webhooks: receivers with their secrets, how far each is in each book, what became
 * of the last attempts, and which process delivers until when. Every method is a statement or a few
 * on a connection of the caller, whose transaction it is part of.
 *
 * <p>Apart from those who use it, so that what is promised about a position can be read in one
 * place: it moves only from where it was, and only for the owner of a lease that has not run out,
 * by the database's clock. The row of the receiver comes first in every transaction that changes
 * something of it, so that two of them wait for each other there.
 *
 * <p>Any thread.
 */
final class WebhookCatalog {
  /** Attempts that are kept of each receiver. */
  static final int LOG_ROWS_MAX = 1_000;

  /** Of the text of an error: with {@link #LOG_ROWS_MAX}, about a megabyte for each receiver. */
  static final int ERROR_CHARS_MAX = 400;

  private static final String ACTIVE = "active";
  private static final String PAUSED = "paused";

  private static final String COLUMNS =
      "id, url, books, kinds, prefixes, secret, secret_before, secret_before_until, state, reason,"
          + " attempts, next_at, error, failing_book, revision, created_at, created_by";

  /** The process in whose transaction it stands may deliver. */
  private static final String OWNED =
      "EXISTS (SELECT 1 FROM talea_webhook_lease l WHERE l.owner = ? AND l.lease_until >= ";

  private final ProjectionTarget target;
  private final Dialect dialect;
  private final boolean create;
  private volatile boolean made;

  /**
   * A receiver as it stands in the table.
   *
   * @param before a key that is not replaced everywhere yet, or null
   * @param beforeUntil when it is signed with for the last time
   * @param failingBook of the event whose delivery has failed, or null
   * @param revision goes up when a person changes something
   */
  record Row(
      Webhook webhook,
      WebhookKey key,
      @Nullable WebhookKey before,
      @Nullable Instant beforeUntil,
      @Nullable String failingBook,
      long revision) {}

  /** Something within one transaction. */
  interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  /**
   * @param create whether tables that are missing are made
   */
  WebhookCatalog(ProjectionTarget target, boolean create) {
    this.target = target;
    this.dialect = target.dialect();
    this.create = create;
  }

  /** As {@link #inTransaction}, for those who can only tell that the target is out of reach. */
  <T> T change(Work<T> work) {
    try {
      return inTransaction(work);
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
  }

  /** Commits what the work has done. */
  <T> T inTransaction(Work<T> work) throws SQLException {
    make();
    try (Connection connection = target.write()) {
      try {
        T result = work.with(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException | Error e) {
        rollback(connection, e);
        throw e;
      }
    }
  }

  private static void rollback(Connection connection, Throwable because) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      because.addSuppressed(e);
    }
  }

  /** As {@link #reading}, for those who can only tell that the target is out of reach. */
  <T> T look(Work<T> work) {
    try {
      return reading(work);
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
  }

  /** Reads; each statement sees what is there when it runs. */
  <T> T reading(Work<T> work) throws SQLException {
    make();
    try (Connection connection = target.read()) {
      return work.with(connection);
    }
  }

  /** Makes the tables that are not there yet. */
  private void make() throws SQLException {
    if (made || !create) {
      return;
    }
    try (Connection connection = target.write()) {
      if (dialect == Dialect.POSTGRES) {
        // Two that make the same table at once collide within PostgreSQL's own tables.
        first(
            connection,
            "SELECT 1 FROM pg_advisory_xact_lock(hashtext('talea_projection'), 0)",
            row -> 1);
      }
      for (String sql :
          List.of(
              "CREATE TABLE IF NOT EXISTS talea_webhook (id TEXT PRIMARY KEY, url TEXT NOT NULL,"
                  + " books TEXT, kinds TEXT NOT NULL, prefixes TEXT NOT NULL, secret TEXT NOT NULL,"
                  + " secret_before TEXT, secret_before_until TIME, state TEXT NOT NULL, reason"
                  + " TEXT, attempts INTEGER NOT NULL DEFAULT 0, next_at TIME, error TEXT,"
                  + " failing_book TEXT, deliveries BIGINT NOT NULL DEFAULT 0, revision BIGINT NOT"
                  + " NULL DEFAULT 0, created_at TIME NOT NULL, created_by TEXT NOT NULL)",
              "CREATE TABLE IF NOT EXISTS talea_webhook_position (webhook TEXT NOT NULL, book TEXT"
                  + " NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (webhook, book))",
              "CREATE TABLE IF NOT EXISTS talea_webhook_delivery (webhook TEXT NOT NULL, number"
                  + " BIGINT NOT NULL, book TEXT NOT NULL, seq BIGINT NOT NULL, attempt INTEGER NOT"
                  + " NULL, at TIME NOT NULL, millis BIGINT NOT NULL, status INTEGER, error TEXT,"
                  + " PRIMARY KEY (webhook, number))",
              "CREATE TABLE IF NOT EXISTS talea_webhook_lease (id INTEGER PRIMARY KEY CHECK (id ="
                  + " 1), owner TEXT, lease_until TIME, heartbeat_at TIME)",
              "CREATE TABLE IF NOT EXISTS talea_webhook_notice (number BIGINT PRIMARY KEY, id TEXT"
                  + " NOT NULL, kind TEXT NOT NULL, at TIME NOT NULL, books TEXT NOT NULL, data TEXT"
                  + " NOT NULL)",
              "CREATE TABLE IF NOT EXISTS talea_webhook_notice_source (source TEXT PRIMARY KEY, seq"
                  + " BIGINT NOT NULL)",
              "INSERT INTO talea_webhook_lease (id) VALUES (1) ON CONFLICT DO NOTHING")) {
        try (Statement statement = connection.createStatement()) {
          statement.execute(sql.replace(" TIME", " " + dialect.time()));
        }
      }
      connection.commit();
    }
    made = true;
  }

  // ---- receivers

  void add(Connection connection, Webhook webhook, WebhookKey key) throws SQLException {
    Selection selection = webhook.selection();
    Set<String> books = selection.books();
    run(
        connection,
        "INSERT INTO talea_webhook (id, url, books, kinds, prefixes, secret, state, created_at,"
            + " created_by) VALUES (?, ?, ?, ?, ?, ?, 'active', ?, ?)",
        webhook.id(),
        webhook.url(),
        books == null ? null : lines(books),
        lines(
            Stream.concat(
                    selection.kinds().stream().map(Event.Kind::word).sorted(),
                    webhook.notices().stream().map(Notice::word).sorted())
                .toList()),
        lines(selection.prefixes()),
        key.text(),
        webhook.createdAt(),
        webhook.createdBy());
  }

  /** Names hold no control characters. */
  private static String lines(Collection<String> names) {
    return String.join("\n", names);
  }

  private static List<String> names(String lines) {
    return lines.isEmpty() ? List.of() : Arrays.asList(lines.split("\n", -1));
  }

  int count(Connection connection) throws SQLException {
    Integer count = first(connection, "SELECT count(*) FROM talea_webhook", row -> row.getInt(1));
    return count == null ? 0 : count;
  }

  /** All of them, the oldest first. */
  List<Row> all(Connection connection) throws SQLException {
    return all(
        connection, "SELECT " + COLUMNS + " FROM talea_webhook ORDER BY created_at, id", this::row);
  }

  @Nullable Row find(Connection connection, String id) throws SQLException {
    return first(
        connection, "SELECT " + COLUMNS + " FROM talea_webhook WHERE id = ?", this::row, id);
  }

  private Row row(ResultSet row) throws SQLException {
    String books = row.getString(3);
    Set<Event.Kind> kinds = EnumSet.noneOf(Event.Kind.class);
    Set<Notice> notices = EnumSet.noneOf(Notice.class);
    for (String word : names(row.getString(4))) {
      for (Notice notice : Notice.values()) {
        if (notice.word().equals(word)) {
          notices.add(notice);
        }
      }
      for (Event.Kind kind : Event.Kind.values()) {
        if (kind.word().equals(word)) {
          kinds.add(kind);
        }
      }
    }
    WebhookKey key = WebhookKey.read(row.getString(6));
    String before = row.getString(7);
    return new Row(
        new Webhook(
            row.getString(1),
            row.getString(2),
            new Selection(
                books == null ? null : Set.copyOf(names(books)), kinds, names(row.getString(5))),
            notices,
            key.scheme().word(),
            key.publicText(),
            row.getString(9).equals(ACTIVE),
            row.getString(10),
            row.getInt(11),
            Values.time(row, 12, dialect),
            row.getString(13),
            requireTime(row, 16),
            row.getString(17)),
        key,
        before == null ? null : WebhookKey.read(before),
        Values.time(row, 8, dialect),
        row.getString(14),
        row.getLong(15));
  }

  private Instant requireTime(ResultSet row, int column) throws SQLException {
    Instant time = Values.time(row, column, dialect);
    if (time == null) {
      throw new SQLException("a time is missing in the tables of webhooks", "22004");
    }
    return time;
  }

  boolean remove(Connection connection, String id) throws SQLException {
    boolean there = run(connection, "DELETE FROM talea_webhook WHERE id = ?", id) == 1;
    run(connection, "DELETE FROM talea_webhook_position WHERE webhook = ?", id);
    run(connection, "DELETE FROM talea_webhook_delivery WHERE webhook = ?", id);
    return there;
  }

  /**
   * Stops, or goes on with, what is sent; retries begin anew.
   *
   * @param reason null to go on
   */
  boolean setActive(Connection connection, String id, @Nullable String reason) throws SQLException {
    return run(
            connection,
            "UPDATE talea_webhook SET state = ?, reason = ?, attempts = 0, next_at = NULL, revision"
                + " = revision + 1"
                + (reason == null ? ", error = NULL" : "")
                + " WHERE id = ?",
            reason == null ? ACTIVE : PAUSED,
            reason,
            id)
        == 1;
  }

  /** What is due is to be tried at once. */
  boolean resetRetries(Connection connection, String id) throws SQLException {
    return run(
            connection,
            "UPDATE talea_webhook SET attempts = 0, next_at = NULL, failing_book = NULL, error ="
                + " NULL, revision = revision + 1 WHERE id = ?",
            id)
        == 1;
  }

  boolean exchangeKey(Connection connection, String id, WebhookKey key, Instant oldUntil)
      throws SQLException {
    return run(
            connection,
            "UPDATE talea_webhook SET secret_before = secret, secret_before_until = ?, secret = ?,"
                + " revision = revision + 1 WHERE id = ?",
            oldUntil,
            key.text(),
            id)
        == 1;
  }

  // ---- positions

  /** How far a receiver is in all books that it has a position in. */
  Map<String, Long> positions(Connection connection, String id) throws SQLException {
    Map<String, Long> positions = new TreeMap<>(DraftRules.BYTEWISE);
    all(
        connection,
        "SELECT book, seq FROM talea_webhook_position WHERE webhook = ?",
        row -> positions.put(row.getString(1), row.getLong(2)),
        id);
    return positions;
  }

  /** The last seq that is behind a receiver in a book; 0 if it has not begun. */
  long position(Connection connection, String id, String book) throws SQLException {
    Long seq =
        first(
            connection,
            "SELECT seq FROM talea_webhook_position WHERE webhook = ? AND book = ?",
            row -> row.getLong(1),
            id,
            book);
    return seq == null ? 0 : seq;
  }

  /**
   * The same in one look with the receiver itself, so that a position that is gone with it is not
   * taken for one that has not begun.
   *
   * @return null if the receiver is gone, or a person has changed something
   */
  @Nullable Long position(Connection connection, Row row, String book) throws SQLException {
    return first(
        connection,
        "SELECT COALESCE(p.seq, 0) FROM talea_webhook w LEFT JOIN talea_webhook_position p ON"
            + " p.webhook = w.id AND p.book = ? WHERE w.id = ? AND w.revision = ?",
        found -> found.getLong(1),
        book,
        row.webhook().id(),
        row.revision());
  }

  void setPositions(Connection connection, String id, Map<String, Long> positions)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO talea_webhook_position (webhook, book, seq) VALUES (?, ?, ?) ON CONFLICT"
                + " (webhook, book) DO UPDATE SET seq = EXCLUDED.seq")) {
      for (Map.Entry<String, Long> position : positions.entrySet()) {
        Values.bind(statement, dialect, new Object[] {id, position.getKey(), position.getValue()});
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /**
   * Moves the position of a book.
   *
   * @return false if it was not at {@code from}, or the lease is not the owner's any more: then
   *     nothing of this transaction may stay
   */
  boolean move(Connection connection, String id, String book, long from, long to, String owner)
      throws SQLException {
    if (from == 0) {
      run(
          connection,
          "INSERT INTO talea_webhook_position (webhook, book, seq) VALUES (?, ?, 0) ON CONFLICT DO"
              + " NOTHING",
          id,
          book);
    }
    return run(
            connection,
            "UPDATE talea_webhook_position SET seq = ? WHERE webhook = ? AND book = ? AND seq = ?"
                + " AND "
                + OWNED
                + dialect.now()
                + ")",
            to,
            id,
            book,
            from,
            owner)
        == 1;
  }

  // ---- notices

  /** The number of the last notice; 0 if there was none. */
  long lastNotice(Connection connection) throws SQLException {
    Long last =
        first(
            connection,
            "SELECT COALESCE(max(number), 0) FROM talea_webhook_notice",
            row -> row.getLong(1));
    return last == null ? 0 : last;
  }

  /** Notices after a number, in their order. */
  List<WebhookNotice> notices(Connection connection, long after, int limit) throws SQLException {
    return all(
        connection,
        "SELECT number, id, kind, at, books, data FROM talea_webhook_notice WHERE number > ? ORDER"
            + " BY number LIMIT "
            + limit,
        row ->
            new WebhookNotice(
                row.getLong(1),
                row.getString(2),
                notice(row.getString(3)),
                requireTime(row, 4),
                Set.copyOf(names(row.getString(5))),
                row.getString(6)),
        after);
  }

  private static Notice notice(String word) throws SQLException {
    for (Notice notice : Notice.values()) {
      if (notice.word().equals(word)) {
        return notice;
      }
    }
    throw new SQLException(
        "the tables of webhooks have a notice '" + word + "', of a newer version", "22000");
  }

  /** How far a source of notices has handed them over; null if it is not known. */
  @Nullable Long handedOver(Connection connection, String from) throws SQLException {
    return first(
        connection,
        "SELECT seq FROM talea_webhook_notice_source WHERE source = ?",
        row -> row.getLong(1),
        from);
  }

  /** A source that is new begins here. */
  void beginAt(Connection connection, String from, long seq) throws SQLException {
    run(
        connection,
        "INSERT INTO talea_webhook_notice_source (source, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
        from,
        seq);
  }

  /**
   * Takes notices of a source, and moves it, as an event moves a position: so each is taken once.
   *
   * @return false if the source was not where it was thought to be: nothing may stay
   */
  boolean take(Connection connection, String from, long seq, long to, List<WebhookNotice> notices)
      throws SQLException {
    if (run(
            connection,
            "UPDATE talea_webhook_notice_source SET seq = ? WHERE source = ? AND seq = ?",
            to,
            from,
            seq)
        != 1) {
      return false;
    }
    long number = lastNotice(connection);
    for (WebhookNotice notice : notices) {
      // Another process that takes the same number waits here, and then begins again.
      run(
          connection,
          "INSERT INTO talea_webhook_notice (number, id, kind, at, books, data) VALUES (?, ?, ?, ?,"
              + " ?, ?)",
          ++number,
          notice.id(),
          notice.kind().word(),
          notice.at(),
          lines(notice.books()),
          notice.data());
    }
    return true;
  }

  /** Drops notices from before a moment, but the last, whose number goes on. */
  void dropNotices(Connection connection, Instant before) throws SQLException {
    run(
        connection,
        "DELETE FROM talea_webhook_notice WHERE at < ? AND number < (SELECT max(number) FROM"
            + " talea_webhook_notice)",
        before);
  }

  // ---- deliveries

  /** Holds the row of a receiver until the transaction ends; false if there is none any more. */
  boolean hold(Connection connection, String id) throws SQLException {
    return run(connection, "UPDATE talea_webhook SET revision = revision WHERE id = ?", id) == 1;
  }

  /** An event has been delivered: nothing of earlier failures stays. */
  void delivered(Connection connection, String id) throws SQLException {
    run(
        connection,
        "UPDATE talea_webhook SET attempts = 0, next_at = NULL, failing_book = NULL, error = NULL"
            + " WHERE id = ?",
        id);
  }

  /**
   * A delivery has failed.
   *
   * @param nextAt null if it is not tried again by itself
   * @param reason why not; null if it is
   * @return false if a person has changed something meanwhile, or another process delivers now
   */
  boolean failed(
      Connection connection,
      Row row,
      String book,
      int attempts,
      String error,
      @Nullable Instant nextAt,
      @Nullable String reason,
      String owner)
      throws SQLException {
    return run(
            connection,
            "UPDATE talea_webhook SET attempts = ?, next_at = ?, failing_book = ?, error = ?, state"
                + " = ?, reason = ? WHERE id = ? AND revision = ? AND state = 'active' AND "
                + OWNED
                + dialect.now()
                + ")",
            attempts,
            nextAt,
            book,
            error,
            reason == null ? ACTIVE : PAUSED,
            reason,
            row.webhook().id(),
            row.revision(),
            owner)
        == 1;
  }

  /** Writes down an attempt, and forgets those that are older than what is kept. */
  void log(Connection connection, String id, WebhookView.Attempt attempt) throws SQLException {
    run(connection, "UPDATE talea_webhook SET deliveries = deliveries + 1 WHERE id = ?", id);
    run(
        connection,
        "INSERT INTO talea_webhook_delivery (webhook, number, book, seq, attempt, at, millis,"
            + " status, error) SELECT id, deliveries, ?, ?, ?, ?, ?, ?, ? FROM talea_webhook WHERE"
            + " id = ?",
        attempt.book(),
        attempt.seq(),
        attempt.attempt(),
        attempt.at(),
        attempt.millis(),
        attempt.status(),
        attempt.error(),
        id);
    run(
        connection,
        "DELETE FROM talea_webhook_delivery WHERE webhook = ? AND number <= (SELECT deliveries FROM"
            + " talea_webhook WHERE id = ?) - ?",
        id,
        id,
        LOG_ROWS_MAX);
  }

  /** Attempts before one, the newest first. */
  List<WebhookView.Attempt> deliveries(Connection connection, String id, long before, int limit)
      throws SQLException {
    return all(
        connection,
        "SELECT number, book, seq, attempt, at, millis, status, error FROM talea_webhook_delivery"
            + " WHERE webhook = ? AND number < ? ORDER BY number DESC LIMIT ?",
        row -> {
          int status = row.getInt(7);
          String book = row.getString(2);
          long seq = row.getLong(3);
          return new WebhookView.Attempt(
              row.getLong(1),
              WebhookMessage.id(book, seq),
              book,
              seq,
              row.getInt(4),
              requireTime(row, 5),
              row.getLong(6),
              status == 0 ? null : status,
              row.getString(8));
        },
        id,
        before,
        limit);
  }

  // ---- the lease

  /**
   * Takes or keeps the deliveries until the lease is over.
   *
   * @return whether they are the owner's now; false if another holds them
   */
  boolean lease(Connection connection, String owner, Duration lease) throws SQLException {
    return run(
            connection,
            "UPDATE talea_webhook_lease SET owner = ?, lease_until = "
                + dialect.inMillis()
                + ", heartbeat_at = "
                + dialect.now()
                + " WHERE id = 1 AND (owner IS NULL OR owner = ? OR lease_until < "
                + dialect.now()
                + ")",
            owner,
            lease.toMillis(),
            owner)
        == 1;
  }

  void release(Connection connection, String owner) throws SQLException {
    run(
        connection,
        "UPDATE talea_webhook_lease SET owner = NULL, lease_until = NULL WHERE owner = ?",
        owner);
  }

  /** The process that delivers, or null. */
  @Nullable String owner(Connection connection) throws SQLException {
    return first(
        connection,
        "SELECT owner FROM talea_webhook_lease WHERE owner IS NOT NULL AND lease_until >= "
            + dialect.now(),
        row -> row.getString(1));
  }

  private int run(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Values.bind(statement, dialect, values);
      return statement.executeUpdate();
    }
  }

  private <T> List<T> all(
      Connection connection, String sql, Tables.Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return Values.rows(statement, dialect, reader, values);
    }
  }

  private <T> @Nullable T first(
      Connection connection, String sql, Tables.Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    List<T> rows = all(connection, sql, reader, values);
    return rows.isEmpty() ? null : rows.get(0);
  }
}
