// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import dev.talea.ledger.json.EventJson;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes events as lines: the envelope of the API with {@code book} in front, and {@code
 * occurred_at: null} where the draft had none. Nothing is lost, and there is one spelling only, so
 * equal ledgers make equal bytes. {@link EventLineReader} reads it back.
 *
 * <p>Stateless.
 */
final class EventLines {
  private EventLines() {}

  /** All books of the source one after the other. */
  static void write(ExportSource source, OutputStream out) throws IOException {
    for (String book : source.books()) {
      write(source, book, out);
    }
  }

  /** One line per event of a book, in seq order, each ended by a line feed. */
  static void write(ExportSource source, String book, OutputStream out) throws IOException {
    source.forEach(
        book,
        event -> {
          out.write(EventJson.write(book, event));
          out.write('\n');
          return true;
        });
  }
}
