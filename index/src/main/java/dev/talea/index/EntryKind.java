package dev.talea.index;

/** The two kinds of chain that run through a book's transactions. */
enum EntryKind {
  /** Postings of one account. */
  POSTING,
  /** Totals lines of one asset. */
  TOTALS
}
