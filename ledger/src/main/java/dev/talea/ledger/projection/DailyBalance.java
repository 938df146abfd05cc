// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.math.BigInteger;
import java.time.LocalDate;

/**
 * An account on a day with movement. Amounts are raw, in minor units, debits positive; debits and
 * credits are sums, and positive both.
 *
 * @param postings how many
 */
public record DailyBalance(
    String account,
    String asset,
    LocalDate day,
    BigInteger opening,
    BigInteger debits,
    BigInteger credits,
    BigInteger closing,
    long postings) {}
