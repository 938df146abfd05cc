// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

/** One side of the books: the direction of a posting, and the normal side of an account. */
public enum Side {
  DEBIT("debit"),
  CREDIT("credit");

  private final String word;

  Side(String word) {
    this.word = word;
  }

  /** The word on the wire: {@code debit} or {@code credit}. */
  public String word() {
    return word;
  }
}
