// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts questions to a database. Apart from {@link SqlReads} and {@link SqlHistory}, which know what
 * to ask: a store asks again where that may help, on whatever connection there is ({@link
 * StoreQuestions}); who looks at a ledger asks within one transaction ({@link SnapshotQuestions}).
 *
 * <p>Any thread, which waits for the database.
 */
interface Questions {
  /** A question to the database. */
  interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  /** A question to the database that may have no answer. */
  interface Search<T> {
    @Nullable T in(Connection connection) throws SQLException;
  }

  /**
   * What was read as of a moment, and what to ask for more about the book it was read from.
   *
   * @param bookId 0 if there is no such book
   * @param lastAt the last commit there was when it was read
   */
  record AsOf<T>(T answer, int bookId, long lastAt) {}

  <T> T ask(Question<T> question);

  /** As {@link #ask}, for what may not be there. */
  default <T> @Nullable T find(Search<T> search) {
    return ask(connection -> Optional.ofNullable(search.in(connection))).orElse(null);
  }

  /** As {@link #ask}, for what takes its rows one by one: autocommit is off meanwhile. */
  <T> T askRows(Question<T> question);

  /**
   * As {@link #ask}, for an answer as of a moment that never changes once the moment has passed.
   */
  <T> T askAsOf(Instant moment, Question<AsOf<T>> question);
}
