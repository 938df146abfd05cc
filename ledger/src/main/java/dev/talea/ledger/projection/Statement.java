// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A page of what happened to an account in a period. Amounts are raw, in minor units of the asset,
 * debits positive. Immutable.
 *
 * @param account its path
 * @param from first day
 * @param to first day that does not belong to it any more
 * @param zone whose days are meant
 * @param opening balance before the first line of the period
 * @param lines in the order in which they occurred, those of one moment by seq
 * @param closing balance behind the last line of the period, whatever the page
 * @param next where the next page begins, null if there is none
 */
public record Statement(
    String book,
    String account,
    String asset,
    LocalDate from,
    LocalDate to,
    ZoneId zone,
    BigInteger opening,
    List<Line> lines,
    BigInteger closing,
    @Nullable String next) {

  /** Copies. */
  public Statement {
    lines = List.copyOf(lines);
  }

  /**
   * A posting.
   *
   * @param number within the statement, from 1
   * @param date on which it occurred, in the zone of the statement
   * @param at when it occurred
   * @param description the idempotency key
   * @param debit null if it is a credit
   * @param credit null if it is a debit
   * @param balance behind it
   */
  public record Line(
      long number,
      long seq,
      UUID txId,
      LocalDate date,
      Instant at,
      String description,
      @Nullable BigInteger debit,
      @Nullable BigInteger credit,
      BigInteger balance) {}
}
