// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.jdbc.BookState.KnownTransaction;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;

/**
 * A writer's conversation with the database: one transaction, from the first question to the
 * commit. For the writer thread that opened it.
 */
interface WriteSession extends AutoCloseable {

  /**
   * Takes hold of a book's counter, so that no other writer can write to the book until the end of
   * the transaction, and then answers a question about it.
   */
  BookState read(BookQuestion question) throws SQLException;

  /**
   * Reads stored drafts that the answer left out because they are large. All of them are in memory
   * at once: it is the caller who bounds them.
   *
   * @param state the answer, which is told which of them are damaged
   * @param keys of transactions of the book
   * @return those that are there and can be read, by their keys
   */
  Map<String, KnownTransaction> readDrafts(String book, BookState state, Set<String> keys)
      throws SQLException;

  /** Writes what has been decided. */
  void write(BookChanges changes) throws SQLException;

  /** Writes something that changes nothing, to see whether writing is possible. */
  void probe() throws SQLException;

  /** Makes it durable. If this throws, it is not known whether it is. */
  void commit() throws SQLException;

  /** Forgets everything since the first question. */
  void rollback() throws SQLException;

  /** Ends the conversation; what was not committed is forgotten. Does not throw. */
  @Override
  void close();
}
