// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.JsonText;
import dev.talea.ledger.LedgerError.Internal;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The form that all answers have: how one is read whole or told to be unreadable, and what a page
 * of anything looks like. Fields it does not know are passed over, so a newer server can add some.
 *
 * <p>Stateless; any thread.
 */
final class Answer {
  private Answer() {}

  /**
   * Reads an answer whole.
   *
   * @throws LedgerException {@link Internal} if it cannot be read: either the server is at fault,
   *     or what answered is not one
   */
  static <T> T read(byte[] json, JsonIn.Body<T> body) {
    return JsonIn.read(
        Json.ANSWER,
        json,
        0,
        json.length,
        reason -> new LedgerException(new Internal("unreadable answer: " + reason)),
        body);
  }

  /** Reads one value where it stands. */
  interface Value<T> {
    T read(JsonIn in) throws IOException;
  }

  static <T, K> Page<T, K> readPage(byte[] json, Value<T> item, Value<K> cursor) {
    return read(
        json,
        in -> {
          List<T> items = null;
          K next = null;
          in.object();
          for (String field = in.field(); field != null; field = in.field()) {
            switch (field) {
              case "items" -> items = list(in, item);
              case "next" -> next = in.isNull() ? null : cursor.read(in);
              default -> in.skip();
            }
          }
          return new Page<>(in.required(items, "items"), next);
        });
  }

  static <T> List<T> list(JsonIn in, Value<T> item) throws IOException {
    List<T> items = new ArrayList<>();
    in.array();
    while (in.element()) {
      items.add(item.read(in));
    }
    return items;
  }

  /** Answers may nest deeper than drafts, so what they hold counts as unchecked. */
  static @Nullable JsonText metadata(JsonIn in) throws IOException {
    String json = in.json();
    return json == null ? null : new JsonText(json);
  }

  /** Writes one item of a page. */
  interface Item<T> {
    void write(JsonGenerator out, T item) throws IOException;
  }

  static <T> byte[] page(Page<T, ?> page, Item<T> writer) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("items");
          for (T item : page.items()) {
            writer.write(out, item);
          }
          out.writeEndArray();
          if (page.next() instanceof Long seq) {
            out.writeNumberField("next", seq);
          } else {
            Json.text(out, "next", (String) page.next());
          }
          out.writeEndObject();
        });
  }
}
