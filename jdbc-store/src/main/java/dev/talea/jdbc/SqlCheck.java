// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.SqlReads.BookRow;
import dev.talea.jdbc.SqlSnapshot.Checked;
import dev.talea.jdbc.SqlSnapshot.CheckedBook;
import dev.talea.ledger.Asset;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Micros;
import dev.talea.ledger.rules.EventRules;
import dev.talea.ledger.rules.ImpossibleEventException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Checks a ledger in a database from its first event on and believes nothing: the rules are applied
 * again, and what lies in the tables beside the events is computed again and compared, row by row
 * and column by column. Only reads. What it finds names table, book and seq, and what is there
 * against what should be.
 *
 * <p>Apart from the store because that one looks up and never walks. Memory is bounded by the
 * accounts of one book. One thread, within one transaction.
 */
final class SqlCheck {
  private static final List<String> TABLES_OF_BOOKS =
      List.of("account", "transaction", "posting", "commit", "total", "total_at");

  private final Connection connection;
  private final UnaryOperator<String> sql;
  private final LongConsumer passed;
  private final EventRules rules = new EventRules();
  private final Map<Long, Asset> assets = new TreeMap<>();

  /**
   * @param passed told how many events have been gone over; may pause
   */
  SqlCheck(Connection connection, UnaryOperator<String> sql, LongConsumer passed) {
    this.connection = connection;
    this.sql = sql;
    this.passed = passed;
  }

  private Query query(String text) {
    return new Query(sql.apply(text));
  }

  /** Checks the registry, and the books that are wanted. */
  Checked run(Predicate<String> wanted) throws SQLException {
    Findings general = new Findings();
    new Migrations("", sql, false).checkNames(connection, general);
    ownChecks(general);
    strays(general);
    List<BookRow> books =
        query("SELECT book_id, name, last_seq, last_at, accounts FROM talea_book ORDER BY name")
            .all(connection, BookRow::of);
    List<CheckedBook> results = new ArrayList<>();
    boolean registry = false;
    for (BookRow book : books) {
      if (book.name().equals(DraftRules.SYSTEM_BOOK)) {
        results.add(check(book, this::registry));
        registry = true;
      }
    }
    if (!registry) {
      general.add("talea_book has no row of the registry, " + DraftRules.SYSTEM_BOOK);
    }
    for (BookRow book : books) {
      if (!book.name().equals(DraftRules.SYSTEM_BOOK) && wanted.test(book.name())) {
        results.add(check(book, BookRowsCheck::walk));
      }
    }
    results.sort((a, b) -> DraftRules.BYTEWISE.compare(a.book(), b.book()));
    return new Checked(List.copyOf(results), general.list());
  }

  /** What a database has to say of itself. */
  private void ownChecks(Findings general) throws SQLException {
    if (connection.getMetaData().getDatabaseProductName().equals("SQLite")) {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("PRAGMA integrity_check(20)")) {
        while (rows.next()) {
          String said = Rows.text(rows, 1);
          if (!said.equals("ok")) {
            general.add("SQLite's own check says: " + said);
          }
        }
      }
      return;
    }
    Long rows =
        query("SELECT count(*) AS seq FROM talea_ledger")
            .first(connection, row -> row.number(Column.SEQ));
    if (rows == null || rows != 1) {
      general.add("talea_ledger has " + rows + " rows, should have 1");
    }
  }

  /** Rows that belong to no book are in no walk through one. */
  private void strays(Findings general) throws SQLException {
    for (String table : TABLES_OF_BOOKS) {
      query(
              """
              SELECT x.book_id, count(*) AS seq FROM talea_%s x WHERE NOT EXISTS
                (SELECT 1 FROM talea_book b WHERE b.book_id = x.book_id)
              GROUP BY x.book_id ORDER BY x.book_id"""
                  .formatted(table))
          .each(
              connection,
              row ->
                  general.add(
                      "talea_%s has %d rows of book_id %d, and talea_book has no such book"
                          .formatted(table, row.number(Column.SEQ), row.integer(Column.BOOK_ID))));
    }
  }

  private CheckedBook check(BookRow book, BookRowsCheck.Walk walk) throws SQLException {
    return BookRowsCheck.run(connection, sql, rules, assets, passed, book, walk);
  }

  private void registry(BookRowsCheck check) throws SQLException {
    try (Cursor rows =
        new Cursor(
            connection,
            query(
                "SELECT asset_seq, at, id AS asset, definition FROM talea_asset"
                    + " ORDER BY asset_seq"))) {
      for (; rows.there(); rows.next()) {
        asset(rows.row(), check);
      }
    }
    check.walk(); // of which there is nothing
  }

  private void asset(Row row, BookRowsCheck check) throws SQLException {
    long seq = row.number(Column.ASSET_SEQ);
    long at = row.number(Column.AT);
    try {
      Asset asset = Rows.asset(row);
      String id = row.text(Column.ASSET);
      if (!id.equals(asset.id())) {
        check.found("talea_asset, seq " + seq, "id", id, asset.id());
      }
      Event event = new Event(seq, Micros.instant(at), new AssetRegistered(asset));
      assets.put(seq, asset);
      check.rules().next(event);
      check.rules().register(asset);
    } catch (ImpossibleEventException e) {
      check.found(e);
    } catch (RuntimeException e) {
      check.found("talea_asset, seq " + seq + ": " + Rows.why(e));
    }
    check.registered(seq, at);
  }
}
