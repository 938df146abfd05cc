// SPDX-License-Identifier: Apache-2.0
/**
 * Copies of a ledger in logs, made beside a running server, and ledgers made of them again, also as
 * they were at an earlier moment.
 */
@NullMarked
package dev.talea.audit.backup;

import org.jspecify.annotations.NullMarked;
