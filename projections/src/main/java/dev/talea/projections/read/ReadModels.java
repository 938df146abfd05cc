// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.read;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.JsonText;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.DailyBalance;
import dev.talea.ledger.projection.PostingRow;
import dev.talea.ledger.projection.PrefixTotal;
import dev.talea.ledger.projection.Statement;
import dev.talea.projections.Dialect;
import dev.talea.projections.ProjectionTarget;
import dev.talea.projections.Tables;
import dev.talea.projections.TargetException;
import dev.talea.projections.Values;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Asks the tables of the built-in projections, wherever they are built: each answer from one moment
 * of them. Any thread; calls wait for the database.
 *
 * <p>Apart from the projections, which write: who reads needs neither engine nor events.
 */
public final class ReadModels {
  private final ProjectionTarget target;
  private final Dialect dialect;

  public ReadModels(ProjectionTarget target) {
    this.target = target;
    this.dialect = target.dialect();
  }

  private interface Reading<T> {
    T read(Connection snapshot) throws SQLException;
  }

  private <T> T atOneMoment(Reading<T> reading) {
    try (Connection connection = target.snapshot()) {
      T answer = reading.read(connection);
      connection.rollback();
      return answer;
    } catch (SQLException e) {
      throw new TargetException(target, e);
    }
  }

  private <T> List<T> all(
      Connection connection, String sql, Tables.Reader<T> reader, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return Values.rows(statement, dialect, reader, values);
    }
  }

  private record Account(String asset, BigInteger balance) {}

  /** Where a page begins: behind a line, with what the statement had come to. */
  private record Place(Instant at, long seq, int posting, long number, BigInteger balance) {
    String text() {
      String words = at + " " + seq + " " + posting + " " + number + " " + balance;
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(words.getBytes(StandardCharsets.US_ASCII));
    }

    static Place of(String text) {
      try {
        String words = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
        String[] parts = words.split(" ", -1);
        if (parts.length == 5) {
          return new Place(
              Instant.parse(parts[0]),
              Long.parseLong(parts[1]),
              Integer.parseInt(parts[2]),
              Long.parseLong(parts[3]),
              new BigInteger(parts[4]));
        }
      } catch (IllegalArgumentException | DateTimeException e) {
        // As any other that is none.
      }
      throw new IllegalArgumentException("'" + text + "' is no place where a page has ended.");
    }
  }

  /**
   * A page of the statement of an account.
   *
   * @param to the first day behind the period
   * @param after {@link Statement#next} of the page before; null for the first
   * @param limit lines, 1 or more
   * @return null if there is no such account
   * @throws IllegalArgumentException if {@code after} is none
   * @throws TargetException if the tables are out of reach, or there are none
   */
  public @Nullable Statement statement(
      String book,
      String path,
      LocalDate from,
      LocalDate to,
      ZoneId zone,
      @Nullable String after,
      int limit) {
    Place place = after == null ? null : Place.of(after);
    Instant first = from.atStartOfDay(zone).toInstant();
    Instant end = to.atStartOfDay(zone).toInstant();
    return atOneMoment(
            connection -> {
              List<Account> found =
                  all(
                      connection,
                      "SELECT asset, balance FROM postings_account WHERE book = ? AND account = ?",
                      row -> new Account(row.getString(1), Values.amount(row, 2)),
                      book,
                      path);
              if (found.isEmpty()) {
                return Optional.<Statement>empty();
              }
              Account account = found.get(0);
              // From the end, as the last periods are asked for most.
              BigInteger closing = account.balance.subtract(sumFrom(connection, book, path, end));
              BigInteger opening =
                  first.isBefore(end)
                      ? account.balance.subtract(sumFrom(connection, book, path, first))
                      : closing;
              Place start = place == null ? new Place(first, 0, 0, 0, opening) : place;
              List<Statement.Line> lines = new ArrayList<>();
              Place[] last = {start};
              boolean[] more = {false};
              all(
                  connection,
                  "SELECT seq, posting, tx_id, key, amount, occurred_at FROM postings WHERE book = ? AND"
                      + " account = ? AND occurred_at < ? AND (occurred_at > ? OR (occurred_at = ? AND"
                      + " (seq > ? OR (seq = ? AND posting > ?)))) AND occurred_at >= ? ORDER BY"
                      + " occurred_at, seq, posting LIMIT ?",
                  row -> {
                    if (lines.size() == limit) {
                      more[0] = true; // one was asked for beyond the page
                      return false;
                    }
                    Place before = last[0];
                    BigInteger amount = Values.amount(row, 5);
                    Instant at = requireNonNull(Values.time(row, 6, dialect));
                    BigInteger balance = before.balance.add(amount);
                    last[0] =
                        new Place(at, row.getLong(1), row.getInt(2), before.number + 1, balance);
                    boolean debit = amount.signum() >= 0;
                    return lines.add(
                        new Statement.Line(
                            before.number + 1,
                            row.getLong(1),
                            UUID.fromString(row.getString(3)),
                            at.atZone(zone).toLocalDate(),
                            at,
                            row.getString(4),
                            debit ? amount : null,
                            debit ? null : amount.negate(),
                            balance));
                  },
                  book,
                  path,
                  end,
                  start.at,
                  start.at,
                  start.seq,
                  start.seq,
                  start.posting,
                  first,
                  limit + 1);
              return Optional.of(
                  new Statement(
                      book,
                      path,
                      account.asset,
                      from,
                      to,
                      zone,
                      opening,
                      lines,
                      closing,
                      more[0] ? last[0].text() : null));
            })
        .orElse(null);
  }

  private BigInteger sumFrom(Connection connection, String book, String path, Instant from)
      throws SQLException {
    return all(
            connection,
            "SELECT "
                + dialect.sum("amount")
                + " FROM postings WHERE book = ? AND account = ? AND occurred_at >= ?",
            row -> Values.amount(row, 1),
            book,
            path,
            from)
        .get(0);
  }

  /**
   * Days with movement of an account, in order.
   *
   * @param to the first day behind the period
   * @param limit days; ask again from the day behind the last one
   */
  public List<DailyBalance> daily(
      String book, String path, LocalDate from, LocalDate to, int limit) {
    return atOneMoment(
        connection ->
            all(
                connection,
                "SELECT account, asset, day, opening, debits, credits, closing, postings FROM"
                    + " daily_balances WHERE book = ? AND account = ? AND day >= ? AND day < ? ORDER"
                    + " BY day LIMIT ?",
                row ->
                    new DailyBalance(
                        row.getString(1),
                        row.getString(2),
                        Values.day(row, 3),
                        Values.amount(row, 4),
                        Values.amount(row, 5),
                        Values.amount(row, 6),
                        Values.amount(row, 7),
                        row.getLong(8)),
                book,
                path,
                from,
                to,
                limit));
  }

  /** What all accounts hold whose paths are a prefix, or lie below it, per asset. */
  public List<PrefixTotal> prefixTotals(String book, String prefix) {
    return atOneMoment(
        connection ->
            all(
                connection,
                "SELECT prefix, asset, total FROM prefix_totals WHERE book = ? AND prefix = ? ORDER"
                    + " BY asset",
                row -> new PrefixTotal(row.getString(1), row.getString(2), Values.amount(row, 3)),
                book,
                prefix));
  }

  /**
   * Postings of a book in the order of seqs.
   *
   * @param account its path, or null for all
   * @param afterSeq those of later transactions
   * @param limit postings at most, 1 or more; those of one transaction stay together, so that a
   *     page may be longer by what is left of the last one
   * @return with the seq to go on after, or null at the end
   */
  public Page<PostingRow, Long> postings(
      String book, @Nullable String account, long afterSeq, int limit) {
    String columns =
        "SELECT seq, posting, tx_id, key, account, kind, asset, amount, balance, committed_at,"
            + " occurred_at, metadata FROM postings WHERE book = ? ";
    String ofAccount = account == null ? "" : "AND account = ? ";
    return atOneMoment(
        connection -> {
          List<Object> values = new ArrayList<>(List.of(book));
          if (account != null) {
            values.add(account);
          }
          values.add(afterSeq);
          values.add(limit);
          List<PostingRow> rows =
              all(
                  connection,
                  columns + ofAccount + "AND seq > ? ORDER BY seq, posting LIMIT ?",
                  this::posting,
                  values.toArray());
          if (rows.size() < limit) {
            return new Page<>(rows, null);
          }
          PostingRow last = rows.get(rows.size() - 1);
          List<Object> rest = new ArrayList<>(List.of(book));
          if (account != null) {
            rest.add(account);
          }
          rest.add(last.seq());
          rest.add(last.posting());
          rows.addAll(
              all(
                  connection,
                  columns + ofAccount + "AND seq = ? AND posting > ? ORDER BY posting",
                  this::posting,
                  rest.toArray()));
          return new Page<>(rows, last.seq());
        });
  }

  private PostingRow posting(ResultSet row) throws SQLException {
    String metadata = row.getString(12);
    return new PostingRow(
        row.getLong(1),
        row.getInt(2),
        UUID.fromString(row.getString(3)),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        Values.amount(row, 8),
        Values.amount(row, 9),
        requireNonNull(Values.time(row, 10, dialect)),
        requireNonNull(Values.time(row, 11, dialect)),
        metadata == null ? null : new JsonText(metadata));
  }
}
