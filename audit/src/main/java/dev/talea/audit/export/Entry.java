// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import java.math.BigInteger;

/**
 * A posting with what the walk knows of it.
 *
 * @param account whose
 * @param amount minor units, debits positive
 * @param balance of the account after this posting; in the ledger only that after the whole
 *     transaction exists, which is that of the last
 * @param last whether no later posting of the transaction touches the account
 */
record Entry(RunningAccount account, BigInteger amount, BigInteger balance, boolean last) {}
