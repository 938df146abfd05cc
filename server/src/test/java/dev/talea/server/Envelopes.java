// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.json.ResultJson;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Says what an error answer has to be, to the letter, headers included. */
final class Envelopes {
  private Envelopes() {}

  /** An error without {@code Retry-After}. */
  static void assertError(int status, String body, Answer answer) {
    assertError(status, body, null, answer);
  }

  static void assertError(int status, String body, @Nullable String retryAfter, Answer answer) {
    assertEquals(body, answer.body(), answer::toString);
    assertHeaders(status, retryAfter, answer);
  }

  /** An {@code invalid_draft} of this field, whatever its reason; 400. */
  static void assertInvalid(String field, Answer answer) {
    assertInvalid(400, field, answer);
  }

  static void assertInvalid(int status, String field, Answer answer) {
    assertHeaders(status, null, answer);
    InvalidDraft error =
        (InvalidDraft)
            ResultJson.readError(answer.status(), answer.body().getBytes(StandardCharsets.UTF_8));
    assertEquals(field, error.field(), answer::toString);
    assertEquals(
        true, answer.body().startsWith("{\"error\":\"invalid_draft\",\"field\":\""), answer.body());
    assertEquals(true, !error.reason().isBlank(), answer.body());
  }

  private static void assertHeaders(int status, @Nullable String retryAfter, Answer answer) {
    assertEquals(status, answer.status(), answer::toString);
    assertEquals("application/json", answer.header("Content-Type"), answer::toString);
    assertEquals(retryAfter, answer.header("Retry-After"), answer::toString);
    assertNotNull(answer.header("X-Request-Id"), answer::toString);
  }
}
