// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import dev.talea.ledger.LedgerError.InvalidDraft;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Limits;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request for one stream of the events of many books.
 *
 * @param books their names; null for all that the caller may read
 * @param positions the last seq seen of each book, 0 or more; a book that is not in it is read from
 *     its start
 */
public record SubscriptionDraft(@Nullable Set<String> books, Map<String, Long> positions) {
  private static final String ALL = "*";

  /** The body. */
  public byte[] write() {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          if (books == null) {
            out.writeStringField("books", ALL);
          } else {
            Json.texts(out, "books", books);
          }
          out.writeObjectFieldStart("positions");
          for (Map.Entry<String, Long> position : positions.entrySet()) {
            out.writeNumberField(Json.wellFormed(position.getKey()), position.getValue());
          }
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  /**
   * Reads it.
   *
   * @throws LedgerException {@link InvalidDraft}, field {@code body}, if it is none
   */
  public static SubscriptionDraft read(byte[] json) {
    return JsonIn.read(
        Json.DRAFT,
        json,
        0,
        json.length,
        reason -> new LedgerException(new InvalidDraft("body", reason)),
        SubscriptionDraft::read);
  }

  private static SubscriptionDraft read(JsonIn in) throws IOException {
    Set<String> books = null;
    boolean named = false;
    Map<String, Long> positions = Map.of();
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "books" -> {
          named = true;
          books = books(in);
        }
        case "positions" -> positions = in.isNull() ? Map.of() : positions(in);
        default -> in.skip();
      }
    }
    if (!named) {
      throw in.fail("books is missing: an array of names, or \"*\" for all");
    }
    return new SubscriptionDraft(books, positions);
  }

  private static @Nullable Set<String> books(JsonIn in) throws IOException {
    if (in.isText()) {
      if (!in.text().equals(ALL)) {
        throw in.fail("is neither an array of names nor \"*\"");
      }
      return null;
    }
    Set<String> books = new LinkedHashSet<>();
    in.array();
    while (in.element()) {
      if (books.size() == Limits.SUBSCRIPTION_BOOKS_MAX) {
        throw in.fail(
            "names more than " + Limits.SUBSCRIPTION_BOOKS_MAX + " books; \"*\" asks for all");
      }
      books.add(in.text());
    }
    return books;
  }

  private static Map<String, Long> positions(JsonIn in) throws IOException {
    Map<String, Long> positions = new LinkedHashMap<>();
    in.object();
    for (String book = in.field(); book != null; book = in.field()) {
      positions.put(book, Math.max(0, in.int64()));
    }
    return positions;
  }
}
