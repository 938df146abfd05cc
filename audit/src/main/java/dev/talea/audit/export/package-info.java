// SPDX-License-Identifier: Apache-2.0
/**
 * The events of any ledger in forms that others read: lines of JSON that lose nothing, journals of
 * plain-text accounting, CSV and bank statements. {@link dev.talea.audit.export.Export} is the way
 * in; {@link dev.talea.audit.export.EventLineReader} reads lines back, and {@link
 * dev.talea.audit.export.LedgerDigest} tells whether two ledgers hold the same.
 *
 * <p>All of it walks the events of one {@link dev.talea.ledger.Cut}, page by page, and holds the
 * accounts of one book at a time.
 */
@NullMarked
package dev.talea.audit.export;

import org.jspecify.annotations.NullMarked;
