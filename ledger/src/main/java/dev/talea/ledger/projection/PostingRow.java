// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import dev.talea.ledger.JsonText;
import java.math.BigInteger;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A posting, as reports want it. Amounts are raw, in minor units, debits positive.
 *
 * @param posting which of its transaction, from 0
 * @param kind of the account
 * @param balance of the account behind this posting, in the order of seqs
 */
public record PostingRow(
    long seq,
    int posting,
    UUID txId,
    String key,
    String account,
    String kind,
    String asset,
    BigInteger amount,
    BigInteger balance,
    Instant committedAt,
    Instant occurredAt,
    @Nullable JsonText metadata) {}
