// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

/** What an account is for. A label only: it never implies a normal side. */
public enum AccountKind {
  ASSET("asset"),
  LIABILITY("liability"),
  INCOME("income"),
  EXPENSE("expense"),
  EQUITY("equity"),
  CLEARING("clearing");

  private final String word;

  AccountKind(String word) {
    this.word = word;
  }

  /** The word on the wire, lower case. */
  public String word() {
    return word;
  }
}
