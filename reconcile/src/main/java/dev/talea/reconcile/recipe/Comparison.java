// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

/**
 * How the values of two columns are held against each other. A null holds against nothing, not even
 * against another null.
 */
public enum Comparison {
  /** Both are the same after their normalisations. */
  EQUAL("equal"),
  /** The left text has the right one in it; the right one is not empty. */
  CONTAINS("contains"),
  /** The right text has the left one in it; the left one is not empty. */
  CONTAINED("contained"),
  /** The left text begins with the right one; the right one is not empty. */
  PREFIX("prefix"),
  /** The left text ends with the right one; the right one is not empty. */
  SUFFIX("suffix"),
  /** The Jaro-Winkler similarity of the texts is at least the condition's threshold. */
  SIMILAR("similar"),
  /** Left is greater than right. */
  GREATER("greater"),
  /** Left is greater than right, or both are the same. */
  GREATER_OR_EQUAL("greater_or_equal"),
  /** Left is less than right. */
  LESS("less"),
  /** Left is less than right, or both are the same. */
  LESS_OR_EQUAL("less_or_equal");

  private final String text;

  Comparison(String text) {
    this.text = text;
  }

  /** As it stands in recipes. */
  public String text() {
    return text;
  }
}
