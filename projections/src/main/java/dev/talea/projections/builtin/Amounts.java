// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.builtin;

import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import java.math.BigInteger;

/** Raw amounts: debits positive. Sums of many may leave 128 bits. */
final class Amounts {
  private Amounts() {}

  static BigInteger signed(Posting posting) {
    BigInteger amount = posting.minor().toBigInteger();
    return posting.direction() == Side.DEBIT ? amount : amount.negate();
  }
}
