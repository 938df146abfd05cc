// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.Locale;

/** The names that statements give to what they answer. One name means the same in all of them. */
enum Column {
  ACCOUNT_SEQ,
  ACCOUNTS,
  AMOUNT,
  /** The id of an asset. */
  ASSET,
  ASSET_SEQ,
  AT,
  BALANCE,
  BOOK_ID,
  CREDITS,
  DEBITS,
  /** Of an asset. */
  DEFINITION,
  DRAFT,
  DRAFT_BYTES,
  IDEMPOTENCY_KEY,
  KIND,
  LAST_AT,
  LAST_SEQ,
  MIN_BALANCE,
  /** Of a book. */
  NAME,
  NORMAL_SIDE,
  /** The clock that commits are stamped with. */
  NOW,
  /** Of a posting in its transaction, from 0. */
  ORDINAL,
  PATH,
  SEQ,
  TX_ID,
  /** The seq of the last posting to an account. */
  UPDATED_SEQ;

  /** As it stands in statements. */
  final String label = name().toLowerCase(Locale.ROOT);
}
