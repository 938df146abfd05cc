// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.talea.ledger.BookView;
import dev.talea.ledger.Page;
import java.io.IOException;
import java.time.Instant;

/**
 * Books at a glance, as answers spell them, written and read.
 *
 * <p>Stateless; any thread.
 */
public final class BookJson {
  private BookJson() {}

  /** A BookView. */
  public static byte[] write(BookView view) {
    return Json.bytes(out -> write(out, view));
  }

  /** A page of books. */
  public static byte[] page(Page<BookView, String> page) {
    return Answer.page(page, BookJson::write);
  }

  /** A BookView. */
  public static BookView read(byte[] json) {
    return Answer.read(json, BookJson::read);
  }

  /** A page of books. */
  public static Page<BookView, String> readPage(byte[] json) {
    return Answer.readPage(json, BookJson::read, JsonIn::text);
  }

  private static void write(JsonGenerator out, BookView view) throws IOException {
    out.writeStartObject();
    Json.text(out, "book", view.book());
    out.writeNumberField("last_seq", view.lastSeq());
    Json.moment(out, "last_at", view.lastAt());
    out.writeNumberField("accounts", view.accounts());
    Json.text(out, "unavailable", view.unavailable());
    out.writeEndObject();
  }

  private static BookView read(JsonIn in) throws IOException {
    String book = null;
    Long lastSeq = null;
    Instant lastAt = null;
    Long accounts = null;
    String unavailable = null;
    in.object();
    for (String field = in.field(); field != null; field = in.field()) {
      switch (field) {
        case "book" -> book = in.text();
        case "last_seq" -> lastSeq = in.int64();
        case "last_at" -> lastAt = in.momentOrNull();
        case "accounts" -> accounts = in.int64();
        case "unavailable" -> unavailable = in.textOrNull();
        default -> in.skip();
      }
    }
    return new BookView(
        in.required(book, "book"),
        in.required(lastSeq, "last_seq"),
        lastAt,
        in.required(accounts, "accounts"),
        unavailable);
  }
}
