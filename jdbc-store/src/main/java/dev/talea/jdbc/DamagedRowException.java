// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * A row does not hold what this program has written: an operator has changed it, or a disk has.
 * What needs the row is refused, and nothing else. The message names table, book and seq, for the
 * log; it is not for clients, who may not be allowed to know the book.
 */
final class DamagedRowException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What clients are told. */
  static final String REASON =
      "a stored row that is needed for this is damaged; the log of the server says which";

  DamagedRowException(
      String table, @Nullable String book, @Nullable Long seq, String why, Throwable cause) {
    super(
        "A row of table %s%s%s cannot be read: %s. Nothing that this program writes looks like that: compare with a backup."
            .formatted(
                table,
                book == null ? "" : ", book '" + book + "'",
                seq == null ? "" : ", seq " + seq,
                why),
        cause);
  }
}
