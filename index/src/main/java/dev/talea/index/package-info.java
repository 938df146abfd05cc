// SPDX-License-Identifier: Apache-2.0
/**
 * The Store over the log: makes a ledger of a log of opaque records, with account chains, balances,
 * running totals, look-up by key and by id. The face is {@link dev.talea.index.LogLedgerStore}, and
 * {@link dev.talea.index.LedgerSnapshot} for those who only look; the rest is how they do it.
 *
 * <pre>
 *   this package   the store, its books, their writers and readers, checkpoints
 *    |    |    |
 *    |   keys  |   from an idempotency key to its record: a small LSM tree
 *    |  /    \ |
 *   record  derived   records as they lie in the log; what derived files have in common
 * </pre>
 *
 * <p>What is right is decided in {@code ledger}, where bytes lie in {@code log-store}; in between,
 * here, are the encoding, the state of each book, and the reads. Each book has one writer thread;
 * readers see what it has published and nothing else. The bytes are drawn in docs/log-format.md,
 * section "Ledger records".
 */
@NullMarked
package dev.talea.index;

import org.jspecify.annotations.NullMarked;
