// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

/** In which form events are exported. */
public enum ExportFormat {
  /** A JSON object a line, lossless. */
  NDJSON("ndjson"),
  /** A journal for hledger. */
  HLEDGER("hledger"),
  /** A journal for ledger-cli. */
  LEDGER("ledger"),
  /** A journal for beancount. */
  BEANCOUNT("beancount"),
  /** Postings as comma-separated values. */
  CSV("csv"),
  /** A bank statement of ISO 20022, camt.053.001.08. */
  CAMT053("camt053");

  private final String word;

  ExportFormat(String word) {
    this.word = word;
  }

  /** On a command line. */
  public String word() {
    return word;
  }
}
