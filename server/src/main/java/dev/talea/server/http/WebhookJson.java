// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Event;
import dev.talea.ledger.Timestamps;
import dev.talea.projections.webhook.Webhook;
import dev.talea.projections.webhook.WebhookDelivery;
import dev.talea.projections.webhook.WebhookStatus;
import dev.talea.projections.webhook.Webhooks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Webhooks and what became of deliveries, as answers spell them. Stateless; any thread. */
final class WebhookJson {
  private static final JsonFactory JSON = new JsonFactory();

  private interface Body {
    void write(JsonGenerator out) throws IOException;
  }

  private WebhookJson() {}

  private static byte[] bytes(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot happen: writing JSON to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** All of them: a page that has no next. */
  static byte[] page(List<WebhookStatus> all) {
    return bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (WebhookStatus status : all) {
            out.writeStartObject();
            fields(out, status);
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeNullField("next");
          out.writeEndObject();
        });
  }

  static byte[] write(WebhookStatus status) {
    return bytes(
        out -> {
          out.writeStartObject();
          fields(out, status);
          out.writeEndObject();
        });
  }

  /** With the secret, which is told once. */
  static byte[] write(Webhooks.Keyed keyed) {
    return bytes(
        out -> {
          out.writeStartObject();
          fields(out, keyed.status());
          out.writeStringField("secret", keyed.secret());
          out.writeEndObject();
        });
  }

  private static void fields(JsonGenerator out, WebhookStatus status) throws IOException {
    Webhook webhook = status.webhook();
    out.writeStringField("id", webhook.id());
    out.writeStringField("url", webhook.url());
    Set<String> books = webhook.selection().books();
    if (books == null) {
      out.writeStringField("books", Grant.ALL_BOOKS);
    } else {
      texts(out, "books", new TreeSet<>(books));
    }
    texts(
        out, "kinds", webhook.selection().kinds().stream().map(Event.Kind::word).sorted().toList());
    texts(out, "prefixes", webhook.selection().prefixes());
    out.writeStringField("signature", webhook.signature());
    out.writeStringField("public_key", webhook.publicKey());
    out.writeStringField("state", webhook.active() ? "active" : "paused");
    out.writeStringField("reason", webhook.reason());
    out.writeNumberField("attempts", webhook.attempts());
    time(out, "next_attempt_at", webhook.nextAttemptAt());
    out.writeStringField("error", webhook.error());
    out.writeNumberField("lag_events", status.lagEvents());
    out.writeArrayFieldStart("positions");
    for (Map.Entry<String, Long> position : status.positions().entrySet()) {
      out.writeStartObject();
      out.writeStringField("book", position.getKey());
      out.writeNumberField("seq", position.getValue());
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeStringField("owner", status.owner());
    time(out, "created_at", webhook.createdAt());
    out.writeStringField("created_by", webhook.createdBy());
  }

  private static void texts(JsonGenerator out, String field, Collection<String> texts)
      throws IOException {
    out.writeArrayFieldStart(field);
    for (String text : texts) {
      out.writeString(text);
    }
    out.writeEndArray();
  }

  private static void time(JsonGenerator out, String field, @Nullable Instant at)
      throws IOException {
    out.writeStringField(field, at == null ? null : Timestamps.format(at));
  }

  /** A page of attempts, the newest first. */
  static byte[] deliveries(List<WebhookDelivery> page, @Nullable Long next) {
    return bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (WebhookDelivery delivery : page) {
            out.writeStartObject();
            out.writeNumberField("number", delivery.number());
            out.writeStringField("id", delivery.id());
            out.writeStringField("book", delivery.book());
            out.writeNumberField("seq", delivery.seq());
            out.writeNumberField("attempt", delivery.attempt());
            time(out, "at", delivery.at());
            out.writeNumberField("millis", delivery.millis());
            if (delivery.status() == null) {
              out.writeNullField("status");
            } else {
              out.writeNumberField("status", delivery.status());
            }
            out.writeStringField("error", delivery.error());
            out.writeEndObject();
          }
          out.writeEndArray();
          if (next == null) {
            out.writeNullField("next");
          } else {
            out.writeNumberField("next", next);
          }
          out.writeEndObject();
        });
  }
}
