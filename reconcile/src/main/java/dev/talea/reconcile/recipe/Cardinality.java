// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/** How many rows of the left and of the right side one match holds. */
public enum Cardinality {
  /** One and one. */
  ONE_TO_ONE("1:1"),
  /** One on the left, one or more on the right. */
  ONE_TO_MANY("1:N"),
  /** One or more on the left, one on the right. */
  MANY_TO_ONE("N:1"),
  /** All rows of a group on both sides. */
  MANY_TO_MANY("N:M");

  private final String text;

  Cardinality(String text) {
    this.text = text;
  }

  /** As it stands in recipes. */
  public String text() {
    return text;
  }
}
