// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

/** Where a row of a side comes from. */
public enum Origin {
  /** An earlier run left it open. */
  CARRIED("carried"),
  /** The source of this run. */
  SOURCE("source");

  private final String text;

  Origin(String text) {
    this.text = text;
  }

  /** As it stands in evidence. */
  public String text() {
    return text;
  }
}
