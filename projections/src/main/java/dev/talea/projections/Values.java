// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.Int128;
import dev.talea.ledger.JsonText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How values of the ledger travel to and from the columns of both databases. Stateless. */
public final class Values {
  /** Sorts as text by time, and is as fine as commit times are. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(6).toFormatter();

  private Values() {}

  /** Sets the parameters of a statement. */
  public static void bind(PreparedStatement statement, Dialect dialect, @Nullable Object[] values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      Object value = values[i];
      if (dialect == Dialect.SQLITE) {
        statement.setObject(i + 1, plain(value));
      } else {
        bindPostgres(statement, i + 1, value);
      }
    }
  }

  /** Asks a prepared statement, and makes something of each row. */
  public static <T> List<T> rows(
      PreparedStatement statement,
      Dialect dialect,
      Tables.Reader<T> reader,
      @Nullable Object... values)
      throws SQLException {
    bind(statement, dialect, values);
    try (ResultSet answer = statement.executeQuery()) {
      List<T> rows = new ArrayList<>();
      while (answer.next()) {
        rows.add(reader.read(answer));
      }
      return rows;
    }
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof Instant at) {
      return TIME.format(at);
    }
    if (value instanceof JsonText json) {
      return json.text();
    }
    if (value instanceof Int128
        || value instanceof BigInteger
        || value instanceof LocalDate
        || value instanceof UUID) {
      return value.toString();
    }
    return value;
  }

  private static void bindPostgres(PreparedStatement statement, int at, @Nullable Object value)
      throws SQLException {
    if (value instanceof Int128 amount) {
      statement.setBigDecimal(
          at,
          amount.fitsLong()
              ? BigDecimal.valueOf(amount.toLong())
              : new BigDecimal(amount.toBigInteger()));
    } else if (value instanceof BigInteger amount) {
      statement.setBigDecimal(at, new BigDecimal(amount));
    } else if (value instanceof Instant time) {
      statement.setObject(at, time.atOffset(ZoneOffset.UTC));
    } else if (value instanceof JsonText json) {
      statement.setObject(at, json.text(), Types.OTHER);
    } else if (value == null) {
      statement.setNull(at, Types.NULL);
    } else {
      statement.setObject(at, value);
    }
  }

  /** Texts as the one value that {@link Dialect#isIn} takes. */
  public static JsonText texts(Collection<String> texts) {
    StringBuilder json = new StringBuilder("[");
    for (String text : texts) {
      json.append(json.length() == 1 ? "\"" : ",\"");
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"' || c == '\\') {
          json.append('\\').append(c);
        } else if (c < ' ') {
          json.append(String.format("\\u%04x", (int) c));
        } else {
          json.append(c);
        }
      }
      json.append('"');
    }
    return new JsonText(json.append(']').toString());
  }

  /** An amount of any size. */
  public static BigInteger amount(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    return new BigInteger(text);
  }

  /** A moment, or null. */
  public static @Nullable Instant time(ResultSet row, int column, Dialect dialect)
      throws SQLException {
    if (dialect == Dialect.SQLITE) {
      String text = row.getString(column);
      return text == null ? null : Instant.parse(text);
    }
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  /** A day. */
  public static LocalDate day(ResultSet row, int column) throws SQLException {
    return LocalDate.parse(row.getString(column));
  }
}
