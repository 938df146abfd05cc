// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What a writer says to PostgreSQL, with the names of this ledger's tables; made once. Apart from
 * the session, which knows when to say which. Any thread.
 *
 * <p>A set of rows is looked up row by row ({@code unnest}, then a {@code LATERAL} that ends after
 * one row), never as {@code column = ANY (array)}: for that, a table that fitted into a page when
 * the plan was made is walked book by book, with a filter, and the plan is kept while it grows. Of
 * one row that a unique index finds there is only one plan.
 *
 * @param local settings of this transaction, for connections whose sessions are not ours
 * @param lock takes the book's row and the time
 * @param keys which keys of a set are taken, and the drafts up to a size
 * @param accounts how the accounts of a set stand, and the totals of their assets
 * @param assets by id, with the book's totals in them
 */
record PostgresStatements(
    Query local,
    Query lock,
    Query keys,
    Query accounts,
    Query assets,
    Query createBook,
    Query insertTransactions,
    Query insertPostings,
    Query insertCommit,
    Query updateBook,
    Query insertAssets,
    Query insertAccounts,
    Query updateTotals,
    Query insertTotals,
    Query insertTotalsAt,
    Query probe) {

  static PostgresStatements of(UnaryOperator<String> sql) {
    Function<String, Query> query = text -> new Query(sql.apply(text));
    return new PostgresStatements(
        new Query(
            "SELECT "
                + PostgresDatabase.WRITING.entrySet().stream()
                    .map(e -> "set_config('%s', '%s', true)".formatted(e.getKey(), e.getValue()))
                    .collect(Collectors.joining(", "))
                + ", CASE WHEN current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')"
                + " THEN set_config('synchronous_commit', 'on', true) END"),
        // The clock is asked outside of the select that locks: in it, it would be read before the
        // lock is waited for.
        query.apply(
            """
            SELECT b.book_id, b.last_seq, b.last_at,
                (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
              FROM (SELECT book_id, last_seq, last_at FROM talea_book WHERE name = :book
                FOR UPDATE) b"""),
        query.apply(
            """
            SELECT t.idempotency_key, t.tx_id, t.seq, t.at, t.draft_bytes,
                CASE WHEN t.draft_bytes <= :bytes THEN t.draft END AS draft
              FROM unnest(:keys::text[]) AS k (idempotency_key)
              CROSS JOIN LATERAL (
                SELECT t.idempotency_key, t.tx_id, t.seq, t.at, t.draft,
                    octet_length(t.draft::text) AS draft_bytes FROM talea_transaction t
                  WHERE t.book_id = (SELECT book_id FROM talea_book WHERE name = :book)
                    AND t.idempotency_key = k.idempotency_key LIMIT 1) t"""),
        query.apply(
            """
            SELECT a.path, a.account_seq, a.asset_seq,
                (SELECT s.id FROM talea_asset s WHERE s.asset_seq = a.asset_seq) AS asset,
                a.kind, a.normal_side, a.min_balance, p.balance, t.debits, t.credits
              FROM unnest(:paths::text[]) AS k (path)
              CROSS JOIN LATERAL (
                SELECT a.* FROM talea_account a
                  WHERE a.book_id = (SELECT book_id FROM talea_book WHERE name = :book)
                    AND a.path = k.path LIMIT 1) a
              LEFT JOIN LATERAL (
                SELECT p.balance FROM talea_posting p
                  WHERE p.book_id = a.book_id AND p.account_seq = a.account_seq
                  ORDER BY p.seq DESC, p.ordinal DESC LIMIT 1) p ON true
              LEFT JOIN LATERAL (
                SELECT t.debits, t.credits FROM talea_total t
                  WHERE t.book_id = a.book_id AND t.asset_seq = a.asset_seq LIMIT 1) t ON true"""),
        // With the totals: of an account that this very group opens the account is not asked.
        query.apply(
            """
            SELECT s.asset_seq, s.definition, k.id AS asset, t.debits, t.credits
              FROM unnest(:ids::text[]) AS k (id)
              CROSS JOIN LATERAL (
                SELECT s.asset_seq, s.definition FROM talea_asset s WHERE s.id = k.id LIMIT 1) s
              LEFT JOIN LATERAL (
                SELECT t.debits, t.credits FROM talea_total t
                  WHERE t.book_id = :bookid AND t.asset_seq = s.asset_seq LIMIT 1) t ON true"""),
        query.apply(
            """
            INSERT INTO talea_book (name, last_seq, last_at, accounts) VALUES (:book, 0, 0, 0)
              ON CONFLICT (name) DO NOTHING"""),
        query.apply(
            """
            INSERT INTO talea_transaction (book_id, seq, at, tx_id, idempotency_key, draft)
              SELECT :bookid, u.seq, :at, u.tx_id::uuid, u.idempotency_key, u.draft::json
              FROM unnest(:seqs::bigint[], :ids::text[], :keys::text[], :drafts::text[])
                AS u (seq, tx_id, idempotency_key, draft)"""),
        query.apply(
            """
            INSERT INTO talea_posting (book_id, account_seq, seq, ordinal, amount, balance)
              SELECT :bookid, u.account_seq, u.seq, u.ordinal, u.amount::numeric,
                u.balance::numeric
              FROM unnest(:accounts::bigint[], :seqs::bigint[], :ordinals::int[],
                  :amounts::text[], :balances::text[])
                AS u (account_seq, seq, ordinal, amount, balance)"""),
        query.apply(
            "INSERT INTO talea_commit (book_id, at, last_seq) VALUES (:bookid, :at, :last)"),
        query.apply(
            """
            UPDATE talea_book SET last_seq = :last, last_at = :at, accounts = accounts + :more
              WHERE book_id = :bookid"""),
        query.apply(
            """
            INSERT INTO talea_asset (asset_seq, at, id, definition)
              SELECT u.asset_seq, :at, u.id, u.definition::json
              FROM unnest(:seqs::bigint[], :ids::text[], :definitions::text[])
                AS u (asset_seq, id, definition)"""),
        query.apply(
            """
            INSERT INTO talea_account
                (book_id, account_seq, at, path, asset_seq, kind, normal_side, min_balance)
              SELECT :bookid, u.account_seq, :at, u.path, u.asset_seq, u.kind, u.normal_side,
                u.min_balance::numeric
              FROM unnest(:seqs::bigint[], :paths::text[], :assets::bigint[], :kinds::text[],
                  :sides::text[], :floors::text[])
                AS u (account_seq, path, asset_seq, kind, normal_side, min_balance)"""),
        query.apply(
            """
            UPDATE talea_total t SET debits = u.debits::numeric, credits = u.credits::numeric
              FROM unnest(:assets::bigint[], :debits::text[], :credits::text[])
                AS u (asset_seq, debits, credits)
              WHERE t.book_id = :bookid AND t.asset_seq = u.asset_seq"""),
        query.apply(
            """
            INSERT INTO talea_total (book_id, asset_seq, debits, credits)
              SELECT :bookid, u.asset_seq, u.debits::numeric, u.credits::numeric
              FROM unnest(:assets::bigint[], :debits::text[], :credits::text[])
                AS u (asset_seq, debits, credits)"""),
        query.apply(
            """
            INSERT INTO talea_total_at (book_id, asset_seq, seq, debits, credits)
              SELECT :bookid, u.asset_seq, :last, u.debits::numeric, u.credits::numeric
              FROM unnest(:assets::bigint[], :debits::text[], :credits::text[])
                AS u (asset_seq, debits, credits)"""),
        query.apply("UPDATE talea_book SET last_at = last_at WHERE name = '_system'"));
  }
}
