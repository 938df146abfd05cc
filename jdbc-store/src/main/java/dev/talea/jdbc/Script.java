// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several statements that go to PostgreSQL in one round trip, each with its values and with what
 * takes its answer. Used once, by one thread.
 */
final class Script {
  /** A statement; what it answers is passed over if there is no taker. */
  private record Part(Query query, Query.@Nullable Taker taker, List<Object> values) {}

  private final StringBuilder text = new StringBuilder();
  private final List<Part> parts = new ArrayList<>();

  /** Adds a statement whose answer is not looked at. */
  void add(Query query, Object... values) {
    add(new Part(query, null, List.of(values)));
  }

  /** Adds a statement about rows, unless there are none. */
  void addFor(Collection<?> rows, Query query, Object... values) {
    if (!rows.isEmpty()) {
      add(query, values);
    }
  }

  /** Adds a question. */
  void ask(Query query, Query.Taker taker, Object... values) {
    add(new Part(query, taker, List.of(values)));
  }

  private void add(Part part) {
    text.append(parts.isEmpty() ? "" : ";").append(part.query.sql());
    parts.add(part);
  }

  void run(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text.toString())) {
      int next = 1;
      for (Part part : parts) {
        next = part.query.bind(statement, next, part.values.toArray());
      }
      statement.execute();
      for (Part part : parts) {
        Query.Taker taker = part.taker;
        if (taker != null) {
          try (ResultSet answer = statement.getResultSet()) {
            Row row = part.query.rows(answer);
            while (row.next()) {
              taker.take(row);
            }
          }
        }
        statement.getMoreResults();
      }
    }
  }
}
