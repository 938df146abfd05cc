// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import dev.talea.ledger.Event;
import dev.talea.ledger.Timestamps;
import dev.talea.ledger.json.EventJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What is sent about an event: its id, which is the same however often it is sent, and its body.
 * Immutable; any thread.
 */
final class WebhookMessage {
  private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  private static final int BITS = 5;

  private final String id;
  private final byte[] body;

  private WebhookMessage(String id, byte[] body) {
    this.id = id;
    this.body = body;
  }

  static WebhookMessage of(String book, Event event) {
    Event told = event.published();
    byte[] envelope = EventJson.write(told);
    ByteArrayOutputStream body = new ByteArrayOutputStream(envelope.length + 96);
    body.writeBytes(
        ("{\"type\":\""
                + type(told.payload().kind())
                + "\",\"timestamp\":\""
                + Timestamps.format(told.at())
                + "\",\"data\":")
            .getBytes(StandardCharsets.UTF_8));
    body.writeBytes(envelope);
    body.write('}');
    return new WebhookMessage(id(book, event.seq()), body.toByteArray());
  }

  static WebhookMessage of(WebhookNotice notice) {
    String body =
        "{\"type\":\""
            + notice.kind().word().replace('_', '.')
            + "\",\"timestamp\":\""
            + Timestamps.format(notice.at())
            + "\",\"data\":"
            + notice.data()
            + "}";
    return new WebhookMessage(notice.id(), body.getBytes(StandardCharsets.UTF_8));
  }

  /** Names event and book; letters, digits and underscores. */
  String id() {
    return id;
  }

  /** The one and only; not to be changed. */
  byte[] body() {
    return body;
  }

  /** For example {@code transaction.posted}. */
  static String type(Event.Kind kind) {
    return kind.word().replace('_', '.');
  }

  /** A book may have any name, and an id must have no full stop: so its bytes in base32hex. */
  static String id(String book, long seq) {
    StringBuilder id = new StringBuilder("evt_");
    int held = 0;
    int bits = 0;
    for (byte b : book.getBytes(StandardCharsets.UTF_8)) {
      held = (held << Byte.SIZE) | (b & 0xff);
      bits += Byte.SIZE;
      while (bits >= BITS) {
        bits -= BITS;
        id.append(ALPHABET.charAt(held >> bits & 31));
      }
      held &= (1 << bits) - 1;
    }
    if (bits > 0) {
      id.append(ALPHABET.charAt(held << (BITS - bits) & 31));
    }
    return id.append('_').append(seq).toString();
  }
}
