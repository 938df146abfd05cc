// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.json.EventJson;
import dev.talea.ledger.json.ResultJson;
import dev.talea.net.ClientStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Follows one book: remembers the seq of its last event, and comes back with it as {@code
 * Last-Event-ID}. An error that the server tells is the end of the connection. One reader thread.
 */
final class HttpEventStream extends UnbrokenStream<Event> implements EventStream {
  private final String book;
  private final String target;
  private long lastSeq;

  /**
   * @param target of its events
   * @param fromSeq the first seq wanted, 1 or more
   */
  HttpEventStream(
      Wire wire,
      String book,
      String target,
      long fromSeq,
      RetryPolicy policy,
      Duration patience,
      Surroundings surroundings) {
    super(wire, policy, patience, surroundings);
    this.book = book;
    this.target = target;
    this.lastSeq = fromSeq - 1;
  }

  @Override
  CompletableFuture<ClientStream> open() {
    return wire.follow(target, lastSeq);
  }

  @Override
  @Nullable Event item(byte[] data) {
    Event event = EventJson.read(data);
    if (!isNext(book, lastSeq, event.seq())) {
      return null;
    }
    lastSeq = event.seq();
    return event;
  }

  @Override
  void error(byte[] data) {
    refused(ResultJson.readError(500, data));
  }

  @Override
  public String toString() {
    return "book " + book + " after seq " + lastSeq;
  }
}
