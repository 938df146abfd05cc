// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/** What a run decided about a row. */
public enum RowState {
  /** A rule has put it together with others, and that settles it. */
  MATCHED("matched"),
  /** A rule has put it together with others, and a person has to look. */
  SUGGESTED("suggested"),
  /** No rule found it a partner. */
  UNMATCHED("unmatched"),
  /** It could not be read. */
  REJECTED("rejected");

  private final String text;

  RowState(String text) {
    this.text = text;
  }

  /** As it stands in evidence. */
  public String text() {
    return text;
  }
}
