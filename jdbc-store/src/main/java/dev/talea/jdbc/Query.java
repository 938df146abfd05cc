// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A statement and what belongs to it: its parameters, which have names in the text and are given in
 * the order in which the names first appear, and the columns of its answer ({@link Column}). Apart
 * from those that ask, so that none of them counts question marks.
 *
 * <p>Any thread.
 */
final class Query {
  /** A name behind a colon; two colons are PostgreSQL's cast. */
  private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z]+)");

  private final String sql;

  /** For each question mark the index of its value. */
  private final int[] marks;

  private final int count;

  /**
   * Where the columns stand in the answer, by {@link Column#ordinal}; 0 if it has not been asked
   * yet. The text settles it, so that threads that ask at the same time write the same.
   */
  private final int[] places = new int[Column.values().length];

  /**
   * @param text with names in the place of values, as in {@code WHERE path = :path}
   */
  Query(String text) {
    List<String> names = new ArrayList<>();
    List<Integer> indexes = new ArrayList<>();
    Matcher matcher = PARAMETER.matcher(text);
    StringBuilder marked = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      if (!names.contains(name)) {
        names.add(name);
      }
      indexes.add(names.indexOf(name));
      matcher.appendReplacement(marked, "?");
    }
    this.sql = matcher.appendTail(marked).toString();
    this.marks = indexes.stream().mapToInt(Integer::intValue).toArray();
    this.count = names.size();
  }

  /** As the driver takes it. */
  String sql() {
    return sql;
  }

  /** Takes the rows of an answer, one by one. */
  interface Taker {
    void take(Row row) throws SQLException;
  }

  /** Makes something of a row. */
  interface Reader<T> {
    T read(Row row) throws SQLException;
  }

  /**
   * Sets the parameters, from {@code first} on.
   *
   * @return the index behind them
   */
  int bind(PreparedStatement statement, int first, @Nullable Object... values) throws SQLException {
    if (values.length != count) {
      throw new IllegalStateException(values.length + " values for " + count + " names in " + sql);
    }
    int next = first;
    for (int value : marks) {
      statement.setObject(next++, values[value]);
    }
    return next;
  }

  /** The answer of a statement, standing before its first row. */
  Row rows(ResultSet answer) {
    return new Row(answer, places);
  }

  /** The caller's to close. */
  PreparedStatement prepare(Connection connection) throws SQLException {
    return connection.prepareStatement(sql);
  }

  /** Asks a statement that {@link #prepare} has made. */
  ResultSet ask(PreparedStatement prepared, Object... values) throws SQLException {
    bind(prepared, 1, values);
    return prepared.executeQuery();
  }

  /** Has it done. */
  void run(Connection connection, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(connection)) {
      bind(statement, 1, values);
      statement.execute();
    }
  }

  /** Asks for rows. */
  void each(Connection connection, Taker taker, Object... values) throws SQLException {
    try (PreparedStatement ask = prepare(connection);
        ResultSet answer = ask(ask, values)) {
      Row row = rows(answer);
      while (row.next()) {
        taker.take(row);
      }
    }
  }

  /** Asks for rows, as a list that the caller may change. */
  <T> List<T> all(Connection connection, Reader<T> reader, Object... values) throws SQLException {
    List<T> all = new ArrayList<>();
    each(connection, row -> all.add(reader.read(row)), values);
    return all;
  }

  /** Asks for a row, of which there may be none: null then. */
  <T> @Nullable T first(Connection connection, Reader<T> reader, Object... values)
      throws SQLException {
    try (PreparedStatement ask = prepare(connection);
        ResultSet answer = ask(ask, values)) {
      Row row = rows(answer);
      return row.next() ? reader.read(row) : null;
    }
  }
}
