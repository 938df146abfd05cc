// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * A text that was cut out of a document read under the limits of drafts, so that a later check of
 * the draft need not parse it again. That it can only be made in this package is the proof.
 *
 * <p>Immutable.
 */
final class CheckedJson extends JsonText {
  private CheckedJson(String text) {
    super(text);
  }

  /**
   * @param text as {@link JsonIn#json} cut it out, from a draft or from metadata alone
   */
  static @Nullable CheckedJson of(@Nullable String text) {
    return text == null ? null : new CheckedJson(text);
  }
}
