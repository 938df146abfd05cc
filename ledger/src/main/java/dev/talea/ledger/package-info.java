// SPDX-License-Identifier: Apache-2.0
/**
 * The words and the rules of the ledger: books, accounts, assets, drafts, events; what makes a
 * draft acceptable; and the two interfaces everything else is built around, {@link
 * dev.talea.ledger.Store} and {@link dev.talea.ledger.LedgerApi}.
 *
 * <p>Pure code. No I/O, no threads, no sockets, no clock and no random source in here: what a rule
 * needs to know is handed to it.
 */
@NullMarked
package dev.talea.ledger;

import org.jspecify.annotations.NullMarked;
