// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the movements of one statement, and holds opening + movements = closing: what a bank
 * sends is whole or it is refused. Separate because both formats of statements need it.
 *
 * <p>One thread.
 */
final class StatementCheck {
  private final int number;
  private final String id;
  private @Nullable BigDecimal opening;
  private @Nullable BigDecimal closing;
  private String currency = "";
  private BigDecimal movements = BigDecimal.ZERO;
  private long entries;
  private boolean unread;

  /**
   * @param number in its file, from 1
   * @param id as the bank names it
   */
  StatementCheck(int number, String id) {
    this.number = number;
    this.id = id;
  }

  void opening(BigDecimal balance, String asset) {
    opening = balance;
    currency = asset;
  }

  void closing(BigDecimal balance) {
    closing = balance;
  }

  String currency() {
    return currency;
  }

  /** An entry with what it adds to the balance. */
  void entry(BigDecimal amount) {
    entries++;
    movements = movements.add(amount);
  }

  /** An entry whose amount could not be read, so that nothing can be said of the sum. */
  void unread() {
    entries++;
    unread = true;
  }

  /** Compares, and remembers what was found. */
  void finish(SortedMap<String, String> facts) throws IOException {
    String prefix = "statement_" + number + "_";
    facts.put(prefix + "id", id);
    facts.put(prefix + "entries", Long.toString(entries));
    facts.put(prefix + "movements", movements.toPlainString());
    if (opening == null || closing == null) {
      facts.put(prefix + "balances", "not in the file");
      return;
    }
    facts.put(prefix + "opening", opening.toPlainString() + " " + currency);
    facts.put(prefix + "closing", closing.toPlainString() + " " + currency);
    if (unread) {
      facts.put(prefix + "balances", "not compared, as not all entries could be read");
      return;
    }
    BigDecimal sum = opening.add(movements);
    if (sum.compareTo(closing) != 0) {
      throw new IOException(
          "statement "
              + id
              + " does not add up: opening "
              + opening.toPlainString()
              + " and movements "
              + movements.toPlainString()
              + " make "
              + sum.toPlainString()
              + ", its closing balance is "
              + closing.toPlainString()
              + " "
              + currency
              + "; ask the bank for the whole statement");
    }
    facts.put(prefix + "balances", "compared");
  }
}
