// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import org.jspecify.annotations.Nullable;

/**
 * A change of a text before it is compared; several are applied in their order. A text that is
 * empty afterwards is taken for null, so that it holds against nothing.
 *
 * @param pattern of {@link Kind#CAPTURE} a regular expression with one group, in the syntax of RE2
 *     (no look-around, no back references), whose first match's group is taken, or null when it
 *     does not match; null for the other kinds
 */
public record Normalisation(Kind kind, @Nullable String pattern) {
  /** What is done. */
  public enum Kind {
    /** Upper case, letter by letter, by the Unicode tables; of a sharp s the capital one. */
    UPPER("upper"),
    /** Without white space at both ends. */
    TRIM("trim"),
    /** Letters and digits only. */
    STRIP_PUNCTUATION("strip_punctuation"),
    /** ASCII digits only. */
    DIGITS("digits"),
    /** Without the zeros it begins with. */
    STRIP_ZEROS("strip_zeros"),
    /** What a regular expression finds. */
    CAPTURE("capture");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** As it stands in recipes. */
    public String text() {
      return text;
    }
  }
}
