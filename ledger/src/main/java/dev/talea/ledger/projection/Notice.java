// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.projection;

/**
 * What a receiver of events may be told that is no event of a book. It is told of it only where it
 * asks for it by name, so that those who ask for all events get what they always got.
 */
public enum Notice {
  /** A run of reconciliation has come to its end. */
  RECONCILE_RUN_FINISHED("reconcile_run_finished");

  private final String word;

  Notice(String word) {
    this.word = word;
  }

  /** Its word on the wire. */
  public String word() {
    return word;
  }
}
