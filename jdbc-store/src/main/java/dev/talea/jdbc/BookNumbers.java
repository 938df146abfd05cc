// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.DraftRules;
import dev.talea.ledger.TxId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which number each book has while a ledger is imported. The number is the tag in the ids of the
 * book's transactions, so those with transactions have to have theirs, and the others any that is
 * free. Apart from {@link SqlImport} because rows that refer to a book have to move with it.
 *
 * <p>One thread, within the transaction of the import.
 */
final class BookNumbers {
  /** No name of a book is empty. */
  private static final String NAMELESS = "";

  private final Connection connection;
  private final UnaryOperator<String> sql;
  private final boolean sqlite;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final TreeMap<Integer, String> books = new TreeMap<>();
  private int free = 1;

  BookNumbers(Connection connection, UnaryOperator<String> sql) throws SQLException {
    this.connection = connection;
    this.sql = sql;
    this.sqlite = connection.getMetaData().getDatabaseProductName().equals("SQLite");
    query("SELECT b.book_id, b.name FROM talea_book b")
        .each(connection, row -> note(row.text(Column.NAME), row.integer(Column.BOOK_ID)));
  }

  private Query query(String text) {
    return new Query(sql.apply(text));
  }

  private void note(String book, int number) {
    Integer before = numbers.put(book, number);
    if (before != null) {
      books.remove(before);
    }
    books.put(number, book);
  }

  /** The name of a book that holds something, or is there without need; null for none. */
  @Nullable String holder() throws SQLException {
    String found =
        query(
                """
                SELECT b.name FROM talea_book b
                WHERE b.last_seq > 0 OR b.name <> :system ORDER BY b.name LIMIT 1""")
            .first(connection, row -> row.text(Column.NAME), DraftRules.SYSTEM_BOOK);
    for (String table : List.of("asset", "account", "transaction", "posting", "commit", "total")) {
      Long any =
          query("SELECT 1 AS seq FROM talea_" + table + " LIMIT 1")
              .first(connection, row -> row.number(Column.SEQ));
      if (found == null && any != null) {
        found = DraftRules.SYSTEM_BOOK;
      }
    }
    return found;
  }

  /** A book begins: the number it has for now. */
  int add(String book) throws SQLException {
    Integer known = numbers.get(book);
    if (known != null) {
      return known;
    }
    int number = free();
    insert(number, book);
    note(book, number);
    return number;
  }

  private int free() {
    while (books.containsKey(free)) {
      free++;
    }
    return free;
  }

  /** A book gets the number that it has to have; one that has it and need not gets another. */
  void change(String book, int number) throws SQLException {
    String holder = books.get(number);
    if (holder != null) {
      move(holder, free());
    }
    move(book, number);
  }

  /** What refers to a book refers to a row that is there, so the new one is made first. */
  private void move(String book, int to) throws SQLException {
    int from = numbers.getOrDefault(book, 0);
    insert(to, NAMELESS);
    for (String table : List.of("account", "commit")) {
      query("UPDATE talea_" + table + " SET book_id = :to WHERE book_id = :from")
          .run(connection, to, from);
    }
    Query values =
        query("SELECT b.last_seq, b.last_at, b.accounts FROM talea_book b WHERE b.book_id = :from");
    long[] row =
        values.first(
            connection,
            each ->
                new long[] {
                  each.number(Column.LAST_SEQ),
                  each.number(Column.LAST_AT),
                  each.number(Column.ACCOUNTS)
                },
            from);
    query("DELETE FROM talea_book WHERE book_id = :from").run(connection, from);
    if (row == null) {
      throw new IllegalStateException("book '" + book + "' has lost its row");
    }
    query(
            """
            UPDATE talea_book SET name = :name, last_seq = :seq, last_at = :at, accounts = :accounts
            WHERE book_id = :to""")
        .run(connection, book, row[0], row[1], row[2], to);
    note(book, to);
  }

  private void insert(int number, String name) throws SQLException {
    query(
            "INSERT INTO talea_book (book_id, name, last_seq, last_at, accounts)"
                + " VALUES (:number, :name, 0, 0, 0)")
        .run(connection, number, name);
  }

  /**
   * New books are to get numbers that are free: PostgreSQL goes on behind the number before the
   * widest gap. SQLite goes on behind the largest, see {@link SqliteSession}.
   */
  void settle() throws SQLException {
    if (sqlite) {
      return;
    }
    List<Integer> taken = new ArrayList<>(books.keySet());
    taken.add(TxId.TAG_MASK + 1);
    int before = 0;
    int widest = 0;
    for (int i = 0; i + 1 < taken.size(); i++) {
      int gap = taken.get(i + 1) - taken.get(i);
      if (gap > widest) {
        widest = gap;
        before = taken.get(i);
      }
    }
    query("SELECT setval(pg_get_serial_sequence(:table, 'book_id'), :before) AS seq")
        .first(connection, row -> row.number(Column.SEQ), sql.apply("talea_book"), (long) before);
  }
}
