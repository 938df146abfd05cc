// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.Event;
import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import dev.talea.ledger.projection.Notice;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request to register a receiver of events. What it holds has the right shape and
 * nothing more.
 *
 * @param books whose events it gets; null for all
 * @param kinds of events; null for all
 * @param notices what it is told besides
 * @param prefixes of account paths, of which a transaction touches one; empty for all
 * @param positions the last seq of each book that it is not to get; a book that is not in it is
 *     sent from where it ends now
 * @param signature the word for how deliveries are signed; null for the usual one
 */
public record WebhookDraft(
    String url,
    @Nullable Set<String> books,
    @Nullable Set<Event.Kind> kinds,
    Set<Notice> notices,
    Set<String> prefixes,
    Map<String, Long> positions,
    @Nullable String signature) {
  private static final String ALL = "*";

  /** Prefixes, and books by name, that one receiver may have. */
  public static final int NAMES_MAX = 256;

  /** Bytes of a URL in the form in which it is sent. */
  public static final int URL_BYTES_MAX = 2_048;

  /** One that is told of events alone. */
  public WebhookDraft(
      String url,
      @Nullable Set<String> books,
      @Nullable Set<Event.Kind> kinds,
      Set<String> prefixes,
      Map<String, Long> positions,
      @Nullable String signature) {
    this(url, books, kinds, Set.of(), prefixes, positions, signature);
  }

  /** The body. */
  public byte[] write() {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          out.writeStringField("url", Json.wellFormed(url));
          if (books == null) {
            out.writeStringField("books", ALL);
          } else {
            Json.texts(out, "books", books);
          }
          if (kinds != null) {
            Json.texts(out, "kinds", WebhookKinds.words(kinds, notices));
          }
          Json.texts(out, "prefixes", prefixes);
          out.writeObjectFieldStart("positions");
          for (Map.Entry<String, Long> position : positions.entrySet()) {
            out.writeNumberField(Json.wellFormed(position.getKey()), position.getValue());
          }
          out.writeEndObject();
          if (signature != null) {
            out.writeStringField("signature", Json.wellFormed(signature));
          }
          out.writeEndObject();
        });
  }

  /**
   * Reads it.
   *
   * @throws LedgerException {@link InvalidDraft}, field {@code body}, if it is none
   */
  public static WebhookDraft read(byte[] json) {
    return JsonIn.read(
        Json.DRAFT,
        json,
        0,
        json.length,
        reason -> new LedgerException(new InvalidDraft("body", reason)),
        WebhookDraft::read);
  }

  private static WebhookDraft read(JsonIn in) throws IOException {
    String url = null;
    Set<String> books = null;
    WebhookKinds kinds = null;
    Set<String> prefixes = Set.of();
    Map<String, Long> positions = Map.of();
    String signature = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "url" -> url = in.text();
        case "books" -> books = books(in);
        case "kinds" -> kinds = in.isNull() ? null : someKinds(in);
        case "prefixes" -> prefixes = in.isNull() ? Set.of() : names(in);
        case "positions" -> positions = in.isNull() ? Map.of() : positions(in);
        case "signature" -> signature = in.textOrNull();
        default -> in.skip();
      }
    }
    return new WebhookDraft(
        in.required(url, "url"),
        books,
        kinds == null ? null : kinds.events(),
        kinds == null ? Set.of() : kinds.notices(),
        prefixes,
        positions,
        signature);
  }

  private static @Nullable Set<String> books(JsonIn in) throws IOException {
    if (in.isNull()) {
      return null;
    }
    if (in.isText()) {
      if (!in.text().equals(ALL)) {
        throw in.fail("is neither an array of names nor \"*\"");
      }
      return null;
    }
    Set<String> books = names(in);
    if (books.isEmpty()) {
      throw in.fail("names no book; \"*\" stands for all");
    }
    return books;
  }

  private static WebhookKinds someKinds(JsonIn in) throws IOException {
    WebhookKinds kinds = WebhookKinds.read(in);
    if (kinds.events().isEmpty() && kinds.notices().isEmpty()) {
      throw in.fail("names no kind; leave it out for all");
    }
    return kinds;
  }

  private static Set<String> names(JsonIn in) throws IOException {
    Set<String> names = new LinkedHashSet<>();
    in.array();
    while (in.element()) {
      if (names.size() == NAMES_MAX) {
        throw in.fail("holds more than " + NAMES_MAX + " names");
      }
      names.add(in.text());
    }
    return names;
  }

  private static Map<String, Long> positions(JsonIn in) throws IOException {
    Map<String, Long> positions = new LinkedHashMap<>();
    in.object();
    for (String book = in.field(); book != null; book = in.field()) {
      if (positions.size() == Limits.SUBSCRIPTION_BOOKS_MAX) {
        throw in.fail("holds more than " + Limits.SUBSCRIPTION_BOOKS_MAX + " books");
      }
      positions.put(book, Math.max(0, in.int64()));
    }
    return positions;
  }
}
