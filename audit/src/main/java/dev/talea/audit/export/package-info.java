// SPDX-License-Identifier: Apache-2.0
/**
 * The events of any ledger as lines of JSON that lose nothing. {@link
 * dev.talea.audit.export.EventLineReader} reads lines back, and {@link
 * dev.talea.audit.export.LedgerDigest} tells whether two ledgers hold the same.
 *
 * <p>All of it walks the events of one {@link dev.talea.ledger.Cut}, page by page.
 */
@NullMarked
package dev.talea.audit.export;

import org.jspecify.annotations.NullMarked;
