// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.Page;
import dev.talea.ledger.projection.WebhookView;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Webhooks and what became of deliveries, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class WebhookJson {
  private static final String ALL = "*";

  private WebhookJson() {}

  /** All of them: a page that has no next. */
  public static byte[] writePage(List<WebhookView> all) {
    return Answer.page(new Page<WebhookView, String>(all, null), WebhookJson::write);
  }

  /** One. */
  public static byte[] write(WebhookView webhook) {
    return Json.bytes(out -> write(out, webhook));
  }

  /** One with the secret, which is told once. */
  public static byte[] write(WebhookView.Keyed keyed) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          fields(out, keyed.webhook());
          Json.text(out, "secret", keyed.secret());
          out.writeEndObject();
        });
  }

  private static void write(JsonGenerator out, WebhookView webhook) throws IOException {
    out.writeStartObject();
    fields(out, webhook);
    out.writeEndObject();
  }

  private static void fields(JsonGenerator out, WebhookView webhook) throws IOException {
    Json.text(out, "id", webhook.id());
    Json.text(out, "url", webhook.url());
    Set<String> books = webhook.books();
    if (books == null) {
      out.writeStringField("books", ALL);
    } else {
      Json.texts(out, "books", new TreeSet<>(books));
    }
    Json.texts(out, "kinds", WebhookKinds.words(webhook.kinds(), webhook.notices()));
    Json.texts(out, "prefixes", webhook.prefixes());
    Json.text(out, "signature", webhook.signature());
    Json.text(out, "public_key", webhook.publicKey());
    out.writeStringField("state", webhook.active() ? "active" : "paused");
    Json.text(out, "reason", webhook.reason());
    out.writeNumberField("attempts", webhook.attempts());
    Json.moment(out, "next_attempt_at", webhook.nextAttemptAt());
    Json.text(out, "error", webhook.error());
    out.writeNumberField("lag_events", webhook.lagEvents());
    out.writeArrayFieldStart("positions");
    for (Map.Entry<String, Long> position : webhook.positions().entrySet()) {
      out.writeStartObject();
      Json.text(out, "book", position.getKey());
      out.writeNumberField("seq", position.getValue());
      out.writeEndObject();
    }
    out.writeEndArray();
    Json.text(out, "owner", webhook.owner());
    Json.moment(out, "created_at", webhook.createdAt());
    Json.text(out, "created_by", webhook.createdBy());
  }

  /** A page of attempts, the newest first; next is the number below which to go on. */
  public static byte[] writeAttempts(Page<WebhookView.Attempt, Long> page) {
    return Answer.page(page, WebhookJson::attempt);
  }

  private static void attempt(JsonGenerator out, WebhookView.Attempt attempt) throws IOException {
    out.writeStartObject();
    out.writeNumberField("number", attempt.number());
    Json.text(out, "id", attempt.id());
    Json.text(out, "book", attempt.book());
    out.writeNumberField("seq", attempt.seq());
    out.writeNumberField("attempt", attempt.attempt());
    Json.moment(out, "at", attempt.at());
    out.writeNumberField("millis", attempt.millis());
    Integer status = attempt.status();
    if (status == null) {
      out.writeNullField("status");
    } else {
      out.writeNumberField("status", status);
    }
    Json.text(out, "error", attempt.error());
    out.writeEndObject();
  }

  /** All of them. */
  public static List<WebhookView> readPage(byte[] json) {
    return Answer.readPage(json, in -> read(in).webhook(), JsonIn::text).items();
  }

  /** One. */
  public static WebhookView read(byte[] json) {
    return readKeyed(json).webhook();
  }

  /** One, with the secret where there is one. */
  public static WebhookView.Keyed readKeyed(byte[] json) {
    return Answer.read(json, WebhookJson::read);
  }

  private static WebhookView.Keyed read(JsonIn in) throws IOException {
    String id = null;
    String url = null;
    Set<String> books = null;
    WebhookKinds kinds = new WebhookKinds(Set.of(), Set.of());
    List<String> prefixes = List.of();
    String signature = null;
    String publicKey = null;
    String state = null;
    String reason = null;
    int attempts = 0;
    Instant nextAttemptAt = null;
    String error = null;
    long lagEvents = 0;
    Map<String, Long> positions = Map.of();
    String owner = null;
    Instant createdAt = null;
    String createdBy = null;
    String secret = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "id" -> id = in.text();
        case "url" -> url = in.text();
        case "books" -> books = books(in);
        case "kinds" -> kinds = WebhookKinds.read(in);
        case "prefixes" -> prefixes = Answer.list(in, JsonIn::text);
        case "signature" -> signature = in.text();
        case "public_key" -> publicKey = in.textOrNull();
        case "state" -> state = in.text();
        case "reason" -> reason = in.textOrNull();
        case "attempts" -> attempts = in.int32();
        case "next_attempt_at" -> nextAttemptAt = in.momentOrNull();
        case "error" -> error = in.textOrNull();
        case "lag_events" -> lagEvents = in.int64();
        case "positions" -> positions = positions(in);
        case "owner" -> owner = in.textOrNull();
        case "created_at" -> createdAt = in.moment();
        case "created_by" -> createdBy = in.text();
        case "secret" -> secret = in.textOrNull();
        default -> in.skip();
      }
    }
    return new WebhookView.Keyed(
        new WebhookView(
            in.required(id, "id"),
            in.required(url, "url"),
            books,
            kinds.events(),
            kinds.notices(),
            prefixes,
            in.required(signature, "signature"),
            publicKey,
            in.required(state, "state").equals("active"),
            reason,
            attempts,
            nextAttemptAt,
            error,
            lagEvents,
            positions,
            owner,
            in.required(createdAt, "created_at"),
            in.required(createdBy, "created_by")),
        secret);
  }

  private static @Nullable Set<String> books(JsonIn in) throws IOException {
    if (in.isText()) {
      if (!in.text().equals(ALL)) {
        throw in.fail("is neither an array of names nor \"*\"");
      }
      return null;
    }
    return new LinkedHashSet<>(Answer.list(in, JsonIn::text));
  }

  private static Map<String, Long> positions(JsonIn in) throws IOException {
    Map<String, Long> positions = new TreeMap<>();
    in.array();
    while (in.element()) {
      String book = null;
      Long seq = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "book" -> book = in.text();
          case "seq" -> seq = in.int64();
          default -> in.skip();
        }
      }
      positions.put(in.required(book, "book"), in.required(seq, "seq"));
    }
    return positions;
  }

  /** A page of attempts. */
  public static Page<WebhookView.Attempt, Long> readAttempts(byte[] json) {
    return Answer.readPage(json, WebhookJson::attempt, JsonIn::int64);
  }

  private static WebhookView.Attempt attempt(JsonIn in) throws IOException {
    Long number = null;
    String id = null;
    String book = null;
    Long seq = null;
    int attempt = 1;
    Instant at = null;
    long millis = 0;
    Integer status = null;
    String error = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "number" -> number = in.int64();
        case "id" -> id = in.text();
        case "book" -> book = in.text();
        case "seq" -> seq = in.int64();
        case "attempt" -> attempt = in.int32();
        case "at" -> at = in.moment();
        case "millis" -> millis = in.int64();
        case "status" -> status = in.isNull() ? null : Integer.valueOf(in.int32());
        case "error" -> error = in.textOrNull();
        default -> in.skip();
      }
    }
    return new WebhookView.Attempt(
        in.required(number, "number"),
        in.required(id, "id"),
        in.required(book, "book"),
        in.required(seq, "seq"),
        attempt,
        in.required(at, "at"),
        millis,
        status,
        error);
  }
}
