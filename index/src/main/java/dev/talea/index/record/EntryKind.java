// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

/** The two kinds of chain that run through a book's transactions. */
public enum EntryKind {
  /** Postings of one account. */
  POSTING,
  /** Totals lines of one asset. */
  TOTALS
}
