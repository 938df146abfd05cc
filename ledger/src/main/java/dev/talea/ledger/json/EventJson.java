// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.AccountId;
import dev.talea.ledger.Asset;
import dev.talea.ledger.AssetClass;
import dev.talea.ledger.DraftRules;
import dev.talea.ledger.Event;
import dev.talea.ledger.Event.AccountOpened;
import dev.talea.ledger.Event.AssetRegistered;
import dev.talea.ledger.Event.TransactionPosted;
import dev.talea.ledger.ExternalRef;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.LedgerStream.Happened;
import dev.talea.ledger.Page;
import dev.talea.ledger.Posting;
import dev.talea.ledger.Side;
import dev.talea.ledger.TransactionDraft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The events of a book, as streams, pages and files spell them, written and read. Apart from the
 * views, because a new kind of event changes this class and no view.
 *
 * <p>An event that cannot be read is a {@link LedgerException} of {@link
 * dev.talea.ledger.LedgerError.Internal}.
 *
 * <p>Stateless; any thread.
 */
public final class EventJson {
  /** How much of a line is shown where it differs: enough to find the place. */
  private static final int EXCERPT_BYTES = 24;

  private EventJson() {}

  /** An EventEnvelope, on one line. */
  public static byte[] write(Event event) {
    return Json.bytes(out -> write(out, null, event));
  }

  /** An EventEnvelope with the name of its book added, on one line. */
  public static byte[] write(String book, Event event) {
    return Json.bytes(out -> write(out, book, event));
  }

  /** A page of event envelopes. */
  public static byte[] page(Page<Event, Long> page) {
    return Answer.page(page, (out, event) -> write(out, null, event));
  }

  /** An EventEnvelope. */
  public static Event read(byte[] json) {
    return Answer.read(json, EventJson::read);
  }

  /** An EventEnvelope with the name of its book. */
  public static Happened readOfBook(byte[] json) {
    return Answer.read(json, EventJson::happened);
  }

  private static Happened happened(JsonIn in) throws IOException {
    Envelope envelope = Envelope.read(in);
    return new Happened(in.required(envelope.book, "book"), envelope.event(in));
  }

  /**
   * Reads back what {@link #write(String, Event)} wrote, and only that: a field more or less, a
   * white space, another spelling of a number or a text is refused, and so are two names of the
   * book, or two kinds, that differ. A line that passes can be written again byte for byte, so what
   * was hashed when it was written is what is read.
   *
   * @throws LedgerException {@link InvalidDraft}, field {@code line}
   */
  public static Happened readLine(byte[] json) {
    Happened read =
        JsonIn.read(Json.ANSWER, json, 0, json.length, EventJson::refused, EventJson::happened);
    if (!read.book().equals(home(read.event().payload()))) {
      throw refused("its book is not the one that what happened belongs to");
    }
    byte[] canonical = write(read.book(), read.event());
    int fault = Arrays.mismatch(json, canonical);
    if (fault >= 0) {
      throw refused(
          "from byte "
              + (fault + 1)
              + " on it is not spelled as talea writes it: expected "
              + excerpt(canonical, fault)
              + ", found "
              + excerpt(json, fault));
    }
    return read;
  }

  /** The book that an event can only be of. */
  private static String home(Event.Payload payload) {
    return switch (payload.kind()) {
      case ASSET_REGISTERED -> DraftRules.SYSTEM_BOOK;
      case ACCOUNT_OPENED -> ((AccountOpened) payload).account().id().book();
      case TRANSACTION_POSTED -> ((TransactionPosted) payload).draft().book();
    };
  }

  private static LedgerException refused(String reason) {
    return new LedgerException(new InvalidDraft("line", reason));
  }

  private static String excerpt(byte[] json, int from) {
    if (from >= json.length) {
      return "its end";
    }
    int end = from + Math.min(json.length - from, EXCERPT_BYTES);
    return "'" + new String(json, from, end - from, StandardCharsets.UTF_8) + "'";
  }

  /** A page of event envelopes. */
  public static Page<Event, Long> readPage(byte[] json) {
    return Answer.readPage(json, EventJson::read, JsonIn::int64);
  }

  private static void write(JsonGenerator out, @Nullable String book, Event event)
      throws IOException {
    String kind = event.payload().kind().word();
    out.writeStartObject();
    if (book != null) {
      Json.text(out, "book", book);
    }
    out.writeNumberField("seq", event.seq());
    Json.moment(out, "at", event.at());
    out.writeStringField("kind", kind);
    out.writeObjectFieldStart("payload");
    out.writeStringField("kind", kind);
    switch (event.payload().kind()) {
      case ASSET_REGISTERED ->
          DefinitionJson.write(out, ((AssetRegistered) event.payload()).asset());
      case ACCOUNT_OPENED -> DefinitionJson.write(out, ((AccountOpened) event.payload()).account());
      case TRANSACTION_POSTED -> transactionPosted(out, (TransactionPosted) event.payload());
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void transactionPosted(JsonGenerator out, TransactionPosted posted)
      throws IOException {
    TransactionDraft draft = posted.draft();
    out.writeStringField("id", posted.id().toString());
    Json.text(out, "book", draft.book());
    out.writeArrayFieldStart("postings");
    for (Posting posting : draft.postings()) {
      out.writeStartObject();
      DefinitionJson.accountId(out, "account", new AccountId(draft.book(), posting.account()));
      Json.amount(out, posting.minor(), posting.asset());
      out.writeStringField("direction", posting.direction().word());
      out.writeEndObject();
    }
    out.writeEndArray();
    Json.text(out, "idempotency_key", draft.idempotencyKey());
    Json.externalRefs(out, draft.externalRefs());
    Json.metadata(out, draft.metadata());
    Json.moment(out, "occurred_at", draft.occurredAt());
  }

  private static Event read(JsonIn in) throws IOException {
    return Envelope.read(in).event(in);
  }

  /** The fields of an envelope, of which a book is one where a stream is of many. */
  private static final class Envelope {
    private @Nullable String book;
    private @Nullable Long seq;
    private @Nullable Instant at;
    private @Nullable EventPayload payload;

    static Envelope read(JsonIn in) throws IOException {
      Envelope envelope = new Envelope();
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "book" -> envelope.book = in.textIfAny();
          case "seq" -> envelope.seq = in.int64();
          case "at" -> envelope.at = in.moment();
          case "payload" -> envelope.payload = EventPayload.read(in);
          default -> in.skip();
        }
      }
      return envelope;
    }

    Event event(JsonIn in) {
      return new Event(
          in.required(seq, "seq"),
          in.required(at, "at"),
          in.required(payload, "payload").build(in));
    }
  }

  /**
   * The fields of every kind of payload together: the kind need not come first, so they are all
   * collected before it is known what they make.
   */
  private static final class EventPayload {
    private @Nullable String kind;
    private @Nullable String id;
    private @Nullable AssetClass assetClass;
    private @Nullable Integer precision;
    private @Nullable String name;
    private DefinitionJson.@Nullable Definition definition;
    private DefinitionJson.@Nullable Config config;
    private @Nullable String book;
    private @Nullable List<Posting> postings;
    private @Nullable String idempotencyKey;
    private @Nullable List<ExternalRef> externalRefs;
    private @Nullable JsonText metadata;
    private @Nullable Instant occurredAt;

    static EventPayload read(JsonIn in) throws IOException {
      EventPayload payload = new EventPayload();
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "kind" -> payload.kind = in.text();
          case "id" -> payload.id = in.text();
          case "class" -> payload.assetClass = DefinitionJson.assetClass(in);
          case "precision" -> payload.precision = in.int32();
          case "name" -> payload.name = in.text();
          case "def" -> payload.definition = DefinitionJson.Definition.read(in);
          case "cfg" -> payload.config = DefinitionJson.Config.read(in);
          case "book" -> payload.book = in.text();
          case "postings" -> payload.postings = draftPostings(in);
          case "idempotency_key" -> payload.idempotencyKey = in.text();
          case "external_refs" -> payload.externalRefs = DraftReader.externalRefs(in);
          case "metadata" -> payload.metadata = Answer.metadata(in);
          case "occurred_at" -> payload.occurredAt = in.momentOrNull();
          default -> in.skip();
        }
      }
      return payload;
    }

    Event.Payload build(JsonIn in) {
      Event.Kind known = Event.Kind.ofWord(in.required(kind, "payload.kind"));
      if (known == null) {
        throw in.fail("an event of a kind this client does not know");
      }
      return switch (known) {
        case ASSET_REGISTERED ->
            new Event.AssetRegistered(
                new Asset(
                    in.required(id, "payload.id"),
                    in.required(assetClass, "payload.class"),
                    in.required(precision, "payload.precision"),
                    in.required(name, "payload.name")));
        case ACCOUNT_OPENED -> {
          DefinitionJson.Definition def = in.required(definition, "payload.def");
          DefinitionJson.Config cfg = in.required(config, "payload.cfg");
          yield new Event.AccountOpened(def.account(cfg));
        }
        case TRANSACTION_POSTED ->
            new Event.TransactionPosted(
                transactionId(in),
                new TransactionDraft(
                    in.required(book, "payload.book"),
                    in.required(idempotencyKey, "payload.idempotency_key"),
                    in.required(postings, "payload.postings"),
                    in.required(externalRefs, "payload.external_refs"),
                    metadata,
                    occurredAt));
      };
    }

    private UUID transactionId(JsonIn in) {
      UUID parsed = JsonIn.uuidOrNull(in.required(id, "payload.id"));
      if (parsed == null) {
        throw in.fail("payload.id is not a UUID");
      }
      return parsed;
    }
  }

  private static List<Posting> draftPostings(JsonIn in) throws IOException {
    List<Posting> postings = new ArrayList<>();
    in.array();
    while (in.element()) {
      AccountId account = null;
      DraftReader.Amount amount = null;
      Side direction = null;
      in.object();
      for (String field = in.field(); field != null; field = in.field()) {
        switch (field) {
          case "account" -> account = DefinitionJson.accountId(in);
          case "amount" -> amount = DraftReader.Amount.read(in);
          case "direction" -> direction = DraftReader.side(in);
          default -> in.skip();
        }
      }
      DraftReader.Amount money = in.required(amount, "amount");
      postings.add(
          new Posting(
              in.required(account, "account").path(),
              money.minor(),
              money.asset(),
              in.required(direction, "direction")));
    }
    return postings;
  }
}
