// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.projections;

import dev.talea.ledger.Event;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.projections.Dialect;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The rows of a projection as a program would write them that is written for one run and one table:
 * it knows all balances by heart, keeps no position, holds no lease, and asks nothing. One
 * transaction a batch. For one thread.
 */
final class ByHand implements AutoCloseable {
  private final Subject subject;
  private final Dialect dialect;
  private final Connection connection;
  private final PreparedStatement insert;
  private final Map<String, BigInteger> balances = new HashMap<>();
  private final Map<Day, DayRow> days = new HashMap<>();

  private record Day(String account, LocalDate day) {}

  private static final class DayRow {
    final String asset;
    final BigInteger opening;
    BigInteger debits = BigInteger.ZERO;
    BigInteger credits = BigInteger.ZERO;
    long postings;

    DayRow(String asset, BigInteger opening) {
      this.asset = asset;
      this.opening = opening;
    }
  }

  /** Makes the table, of the same columns and indexes as the projection's. */
  ByHand(Subject subject, Database database) throws SQLException {
    this.subject = subject;
    this.dialect = database.dialect();
    this.connection = database.byHand();
    try (Statement statement = connection.createStatement()) {
      for (String sql : subject.projection().schema(dialect)) {
        statement.execute(sql.replaceAll("[{}]", ""));
      }
    }
    connection.commit();
    insert =
        connection.prepareStatement(
            switch (subject) {
              case POSTINGS ->
                  "INSERT INTO postings (book, seq, posting, tx_id, key, account, kind, asset,"
                      + " amount, balance, committed_at, occurred_at, metadata)"
                      + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
              case DAILY_BALANCES ->
                  "INSERT INTO daily_balances (book, account, asset, day, opening, debits, credits,"
                      + " closing, postings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                      + " ON CONFLICT (book, account, day) DO UPDATE SET debits = excluded.debits,"
                      + " credits = excluded.credits, closing = excluded.closing,"
                      + " postings = excluded.postings";
            });
  }

  /** Writes what a batch of a book brings, and commits. */
  void write(String book, List<Event> batch) throws SQLException {
    switch (subject) {
      case POSTINGS -> postings(book, batch);
      case DAILY_BALANCES -> days(book, batch);
    }
    insert.executeBatch();
    connection.commit();
  }

  private void postings(String book, List<Event> batch) throws SQLException {
    for (Event event : batch) {
      if (event.payload() instanceof Event.TransactionPosted posted) {
        int number = 0;
        for (Posting posting : posted.draft().postings()) {
          BigInteger amount = signed(posting);
          BigInteger balance = balances.merge(posting.account(), amount, BigInteger::add);
          insert.setString(1, book);
          insert.setLong(2, event.seq());
          insert.setInt(3, number++);
          id(4, posted.id());
          insert.setString(5, posted.draft().idempotencyKey());
          insert.setString(6, posting.account());
          insert.setString(7, "asset");
          insert.setString(8, posting.asset());
          amount(9, amount);
          amount(10, balance);
          time(11, event.at());
          Instant occurred = posted.draft().occurredAt();
          time(12, occurred == null ? event.at() : occurred);
          insert.setNull(13, java.sql.Types.NULL);
          insert.addBatch();
        }
      }
    }
  }

  private void days(String book, List<Event> batch) throws SQLException {
    Map<Day, DayRow> touched = new LinkedHashMap<>();
    for (Event event : batch) {
      if (event.payload() instanceof Event.TransactionPosted posted) {
        Instant occurred = posted.draft().occurredAt();
        LocalDate date =
            (occurred == null ? event.at() : occurred).atZone(ZoneOffset.UTC).toLocalDate();
        for (Posting posting : posted.draft().postings()) {
          Day day = new Day(posting.account(), date);
          DayRow row =
              days.computeIfAbsent(
                  day,
                  first ->
                      new DayRow(
                          posting.asset(),
                          balances.getOrDefault(posting.account(), BigInteger.ZERO)));
          BigInteger minor = posting.minor().toBigInteger();
          if (posting.direction() == Side.DEBIT) {
            row.debits = row.debits.add(minor);
          } else {
            row.credits = row.credits.add(minor);
          }
          row.postings++;
          balances.merge(posting.account(), signed(posting), BigInteger::add);
          touched.put(day, row);
        }
      }
    }
    for (Map.Entry<Day, DayRow> entry : touched.entrySet()) {
      DayRow row = entry.getValue();
      insert.setString(1, book);
      insert.setString(2, entry.getKey().account());
      insert.setString(3, row.asset);
      if (dialect == Dialect.SQLITE) {
        insert.setString(4, entry.getKey().day().toString());
      } else {
        insert.setObject(4, entry.getKey().day());
      }
      amount(5, row.opening);
      amount(6, row.debits);
      amount(7, row.credits);
      amount(8, row.opening.add(row.debits).subtract(row.credits));
      insert.setLong(9, row.postings);
      insert.addBatch();
    }
  }

  private static BigInteger signed(Posting posting) {
    BigInteger minor = posting.minor().toBigInteger();
    return posting.direction() == Side.DEBIT ? minor : minor.negate();
  }

  private void id(int at, UUID id) throws SQLException {
    if (dialect == Dialect.SQLITE) {
      insert.setString(at, id.toString());
    } else {
      insert.setObject(at, id);
    }
  }

  private void amount(int at, BigInteger amount) throws SQLException {
    if (dialect == Dialect.SQLITE) {
      insert.setString(at, amount.toString());
    } else {
      insert.setBigDecimal(at, new BigDecimal(amount));
    }
  }

  private void time(int at, Instant time) throws SQLException {
    if (dialect == Dialect.SQLITE) {
      insert.setString(at, time.toString());
    } else {
      insert.setObject(at, time.atOffset(ZoneOffset.UTC));
    }
  }

  /** Rows in the table that everything went to. */
  long rows() throws SQLException {
    return rows(connection, subject);
  }

  /** Rows in the table of that name, which has everything in a projection, too. */
  static long rows(Connection connection, Subject subject) throws SQLException {
    String table = subject.toString().replace('-', '_');
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("SELECT count(*) FROM " + table)) {
      answer.next();
      return answer.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    insert.close();
    connection.close();
  }
}
