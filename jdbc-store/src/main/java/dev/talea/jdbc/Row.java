// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;

import dev.talea.ledger.Int128;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The row that an answer stands at, column by column. Where a column stands is asked once for each
 * statement, not for each row.
 *
 * <p>What is empty where it must not be is a {@link NullPointerException}, which {@link Rows#of}
 * turns into damage. Belongs to the thread that asks.
 */
final class Row {
  private final ResultSet answer;
  private final int[] places;

  Row(ResultSet answer, int[] places) {
    this.answer = answer;
    this.places = places;
  }

  @SuppressWarnings("EnumOrdinal") // an index within this process: nothing stores it
  private int place(Column column) throws SQLException {
    int place = places[column.ordinal()];
    if (place == 0) {
      place = answer.findColumn(column.label);
      places[column.ordinal()] = place;
    }
    return place;
  }

  /** Goes on to the next row; false if there is none. */
  boolean next() throws SQLException {
    return answer.next();
  }

  /** Whether the column holds anything. */
  boolean has(Column column) throws SQLException {
    return answer.getString(place(column)) != null;
  }

  int integer(Column column) throws SQLException {
    return answer.getInt(place(column));
  }

  long number(Column column) throws SQLException {
    return answer.getLong(place(column));
  }

  String text(Column column) throws SQLException {
    return requireNonNull(textOrNull(column));
  }

  @Nullable String textOrNull(Column column) throws SQLException {
    return answer.getString(place(column));
  }

  UUID uuid(Column column) throws SQLException {
    return UUID.fromString(text(column));
  }

  BigInteger large(Column column) throws SQLException {
    return new BigInteger(text(column));
  }

  Int128 int128(Column column) throws SQLException {
    return requireNonNull(int128OrNull(column));
  }

  @Nullable Int128 int128OrNull(Column column) throws SQLException {
    String text = textOrNull(column);
    if (text == null) {
      return null;
    }
    Int128 value = Int128.parse(text);
    if (value == null) {
      throw new IllegalStateException("not an amount: " + text);
    }
    return value;
  }
}
