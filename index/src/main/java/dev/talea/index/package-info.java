/**
 * Makes a ledger of the log: account chains, balances, running totals, look-up by key and by id.
 * The public face is {@link dev.talea.index.LogLedgerStore}; the rest is how it does it.
 *
 * <p>What is right is decided in {@code ledger}, where bytes lie in {@code log-store}; in between,
 * here, are the encoding, the state of each book, and the reads. Each book has one writer thread;
 * readers see what it has published and nothing else. The bytes are drawn in docs/log-format.md,
 * section "Ledger records".
 */
@NullMarked
package dev.talea.index;

import org.jspecify.annotations.NullMarked;
