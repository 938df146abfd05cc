// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.row;

import org.jspecify.annotations.Nullable;

/**
 * A row that could not be read, and why. It counts as read and as rejected, and nothing matches it.
 *
 * @param line where it begins in its source: line of a file, seq of a book, number of a result row
 * @param field the column that could not be read, or null when the row as a whole could not
 * @param reason what is wrong with it, in words: actual against expected
 * @param text the row or the field as it was found, cut to 1,000 characters
 * @param amount its amount in minor units if it could be read together with its asset, else null
 * @param asset its asset if it could be read together with its amount, else null
 */
public record Reject(
    long line,
    @Nullable String field,
    String reason,
    String text,
    dev.talea.ledger.@Nullable Int128 amount,
    @Nullable String asset) {
  /** Characters that sources keep of the row or the field. */
  public static final int TEXT_CHARS_MAX = 1_000;
}
