-- The ledger. Truth: talea_asset, talea_account and talea_transaction, which together are the events.
-- Everything else is derived from them in the same transaction. Moments (at) are microseconds since 1970-01-01T00:00Z.
-- Amounts are whole minor units, debits positive, credits negative: an integer if 64 bits hold it, else decimal text.

-- The counter of each book: whoever writes to a book changes its row.
CREATE TABLE talea_book (
  book_id  INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  last_seq INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  accounts INTEGER NOT NULL
) STRICT;
INSERT INTO talea_book (name, last_seq, last_at, accounts) VALUES ('_system', 0, 0, 0);

-- asset_seq is the seq of the registration in the book _system.
CREATE TABLE talea_asset (
  asset_seq  INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  id         TEXT NOT NULL UNIQUE,
  definition TEXT NOT NULL
) STRICT;

-- account_seq is the seq of the opening in the account's book.
CREATE TABLE talea_account (
  book_id     INTEGER NOT NULL REFERENCES talea_book,
  account_seq INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  path        TEXT NOT NULL,
  asset_seq   INTEGER NOT NULL REFERENCES talea_asset,
  kind        TEXT NOT NULL,
  normal_side TEXT,
  min_balance ANY,
  PRIMARY KEY (book_id, account_seq),
  UNIQUE (book_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE talea_transaction (
  book_id         INTEGER NOT NULL,
  seq             INTEGER NOT NULL,
  at              INTEGER NOT NULL,
  tx_id           TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  draft           TEXT NOT NULL,
  PRIMARY KEY (book_id, seq),
  UNIQUE (book_id, idempotency_key)
) STRICT, WITHOUT ROWID;

-- balance is debits - credits of the account after the whole transaction.
CREATE TABLE talea_posting (
  book_id     INTEGER NOT NULL,
  account_seq INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  ordinal     INTEGER NOT NULL,
  amount      ANY NOT NULL,
  balance     ANY NOT NULL,
  PRIMARY KEY (book_id, account_seq, seq, ordinal)
) STRICT, WITHOUT ROWID;

-- One row a group commit: which seq had been reached at which moment.
CREATE TABLE talea_commit (
  book_id  INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (book_id, at, last_seq)
) STRICT, WITHOUT ROWID;

-- Totals of a book per asset, now and after each group commit that changed them.
CREATE TABLE talea_total (
  book_id   INTEGER NOT NULL,
  asset_seq INTEGER NOT NULL,
  debits    ANY NOT NULL,
  credits   ANY NOT NULL,
  PRIMARY KEY (book_id, asset_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE talea_total_at (
  book_id   INTEGER NOT NULL,
  asset_seq INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  debits    ANY NOT NULL,
  credits   ANY NOT NULL,
  PRIMARY KEY (book_id, asset_seq, seq)
) STRICT, WITHOUT ROWID;
