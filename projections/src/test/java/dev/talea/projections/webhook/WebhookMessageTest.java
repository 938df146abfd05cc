// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.conformance.Drafts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WebhookMessageTest {
  /** Books as the vectors of RFC 4648 for base32hex, without padding. */
  @Test
  void anIdNamesBookAndSeq() {
    assertEquals("evt__1", WebhookMessage.id("", 1));
    assertEquals("evt_CO_1", WebhookMessage.id("f", 1));
    assertEquals("evt_CPNG_2", WebhookMessage.id("fo", 2));
    assertEquals("evt_CPNMU_3", WebhookMessage.id("foo", 3));
    assertEquals("evt_CPNMUOG_4", WebhookMessage.id("foob", 4));
    assertEquals("evt_CPNMUOJ1_5", WebhookMessage.id("fooba", 5));
    assertEquals("evt_CPNMUOJ1E8_" + Long.MAX_VALUE, WebhookMessage.id("foobar", Long.MAX_VALUE));
    assertTrue(WebhookMessage.id("a.ü\u00ff.b", 1).matches("[A-Za-z0-9_]+"));
  }

  @Test
  void theBodySaysWhatHappenedAndWhen() {
    Event event =
        new Event(
            7,
            Instant.parse("2026-03-01T12:00:00.250Z"),
            new Event.AssetRegistered(Drafts.fiat("EUR")));
    String body = new String(WebhookMessage.of("_system", event).body(), StandardCharsets.UTF_8);
    assertTrue(
        body.startsWith(
            "{\"type\":\"asset.registered\",\"timestamp\":\"2026-03-01T12:00:00.250Z\",\"data\":"
                + "{\"seq\":7,\"at\":\"2026-03-01T12:00:00.250Z\",\"kind\":\"asset_registered\","),
        body);
    assertTrue(body.endsWith("}}}"), body);
    assertEquals("transaction.posted", WebhookMessage.type(Event.Kind.TRANSACTION_POSTED));
    assertEquals("account.opened", WebhookMessage.type(Event.Kind.ACCOUNT_OPENED));
  }
}
