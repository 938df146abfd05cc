// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A JSON value as text: no insignificant white space, key order and number spelling as given. Made
 * by {@link dev.talea.ledger.json.DraftReader} or {@link dev.talea.ledger.json.JsonTexts}, which
 * check it; the ledger never looks inside, beyond refusing a draft whose text was not made by them
 * and is something else.
 *
 * <p>Immutable, a value: texts that are equal are equal, however they were made.
 */
public class JsonText {
  private final String text;

  /**
   * @param text one line of valid JSON
   */
  public JsonText(String text) {
    this.text = requireNonNull(text, "text");
  }

  /** One line of valid JSON. */
  public final String text() {
    return text;
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof JsonText that && text.equals(that.text);
  }

  @Override
  public final int hashCode() {
    return text.hashCode();
  }

  @Override
  public final String toString() {
    return text;
  }
}
