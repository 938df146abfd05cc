// SPDX-License-Identifier: Apache-2.0
/**
 * Whether a ledger in logs is what its records say, found out from the files alone: every checksum,
 * every rule, every balance. The way in is {@link dev.talea.audit.check.LedgerVerifier}.
 */
@NullMarked
package dev.talea.audit.check;

import org.jspecify.annotations.NullMarked;
