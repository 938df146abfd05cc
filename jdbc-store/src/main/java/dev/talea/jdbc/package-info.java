// SPDX-License-Identifier: Apache-2.0
/**
 * The same {@link dev.talea.ledger.Store} over SQLite and PostgreSQL: one ledger in SQL, two
 * dialects. The public face is {@code SqlLedgerStore}; the rest is how it does it.
 *
 * <p>What is right is decided in {@code ledger}; here are the tables, the group commit in sets, the
 * reads as index look-ups, and what a database needs around it: connections, migrations, and being
 * told of what others commit.
 */
@NullMarked
package dev.talea.jdbc;

import org.jspecify.annotations.NullMarked;
