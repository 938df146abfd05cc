// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one build of a projection, within one transaction of the engine. In statements
 * {@code {table}} stands for the name of a table, and a question mark for a value.
 *
 * <p>Values are texts, {@link Integer}, {@link Long}, {@link Boolean}, {@link
 * dev.talea.ledger.Int128} and {@link java.math.BigInteger} (both for amounts), {@link
 * java.time.Instant}, {@link java.time.LocalDate}, {@link java.util.UUID}, {@link
 * dev.talea.ledger.JsonText}, or null.
 *
 * <p>One thread, and only until {@link Projection#apply} returns.
 */
public interface Tables {

  /** Which SQL they understand. */
  Dialect dialect();

  /**
   * Changes rows, at the latest before the next query or the end of the transaction; changes are
   * made in the order of the calls, and calls in a row with the same text travel together.
   */
  void update(String sql, @Nullable Object... values) throws SQLException;

  /** Reads rows, as all updates so far have left them. */
  <T> List<T> query(String sql, Reader<T> reader, @Nullable Object... values) throws SQLException;

  /** Makes something of a row. */
  interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }
}
