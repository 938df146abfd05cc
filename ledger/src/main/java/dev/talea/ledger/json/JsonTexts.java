// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link JsonText} of text that people wrote, such as metadata on a command line.
 *
 * <p>Stateless; any thread.
 */
public final class JsonTexts {
  private JsonTexts() {}

  /**
   * Checks that the text is one JSON value, under the limits that metadata in a draft is under, and
   * takes the white space between its tokens out.
   *
   * @return null for the JSON value {@code null}
   * @throws LedgerException of {@link InvalidDraft}, field {@code metadata}
   */
  public static @Nullable JsonText parse(String json) {
    if (!Json.isWellFormed(json)) {
      throw refused("holds half of a surrogate pair, which is no character");
    }
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    JsonText[] value = new JsonText[1];
    JsonIn.<Boolean>read(
        Json.METADATA,
        bytes,
        0,
        bytes.length,
        JsonTexts::refused,
        in -> {
          value[0] = CheckedJson.of(in.json());
          return true;
        });
    return value[0];
  }

  /** What keeps a text from being what {@link #parse} would have made of it, or null. */
  public static @Nullable String fault(JsonText json) {
    if (json instanceof CheckedJson) {
      return null;
    }
    try {
      boolean asMade = json.equals(parse(json.text()));
      return asMade ? null : "holds white space between its tokens, make it with JsonTexts.parse";
    } catch (LedgerException e) {
      return e.error() instanceof InvalidDraft invalid ? invalid.reason() : e.getMessage();
    }
  }

  private static LedgerException refused(String reason) {
    return new LedgerException(new InvalidDraft("metadata", reason));
  }

  /** Whether a text has a UTF-8 form: it holds no half of a surrogate pair. */
  public static boolean hasUtf8Form(String text) {
    return Json.isWellFormed(text);
  }
}
