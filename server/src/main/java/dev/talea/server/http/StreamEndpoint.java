// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import dev.talea.ledger.LedgerError.Forbidden;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.json.SubscriptionDraft;
import dev.talea.ledger.service.LedgerService;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import dev.talea.net.ResponseStream;
import dev.talea.server.metrics.Metrics;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The routes that follow books: decide from where, and set a {@link Subscriber} going.
 *
 * <p>Called on event loops.
 */
final class StreamEndpoint {
  private static final String STRING_AMOUNTS = Accepted.STREAM + "; amounts=string";

  /** Frames that are kept for those who come later; a fraction of the heap, and not much. */
  private static final long KEPT_BYTES_MAX =
      Math.min(8 << 20, Runtime.getRuntime().maxMemory() / 64);

  private final LedgerService ledger;
  private final EventPages pages;
  private final Duration heartbeat;
  private final LongSupplier nanoClock;
  private final Metrics metrics;

  StreamEndpoint(
      LedgerService ledger, Duration heartbeat, LongSupplier nanoClock, Metrics metrics) {
    this.ledger = ledger;
    this.pages = new EventPages(ledger, KEPT_BYTES_MAX);
    this.heartbeat = heartbeat;
    this.nanoClock = nanoClock;
    this.metrics = metrics;
  }

  /** Follows the book that the path names. */
  void handle(Call call) {
    long from = call.query().cursor("from", 0);
    String book = call.readableBook();
    Long lastEventId = lastEventId(call.request().header("Last-Event-ID"));
    long lastSeq = lastEventId != null ? lastEventId : from;
    if (call.request().method().equals("HEAD")) {
      call.respond(HttpResponse.streamHead(200, headers(call)));
      return;
    }
    SubscriptionDraft wanted = new SubscriptionDraft(Set.of(book), Map.of(book, lastSeq));
    stream(call, wanted, EventPages.Framing.ONE_BOOK);
  }

  /** Follows the books that the body names. */
  void handleMany(Call call) {
    if (!WriteEndpoints.isJson(call)) {
      return;
    }
    SubscriptionDraft wanted = SubscriptionDraft.read(call.request().body());
    Set<String> named = wanted.books();
    if (named != null) {
      for (String book : named) {
        if (!call.grant().mayRead(book)) {
          throw new LedgerException(new Forbidden(book));
        }
      }
    }
    stream(call, wanted, EventPages.Framing.MANY_BOOKS);
  }

  private void stream(Call call, SubscriptionDraft wanted, EventPages.Framing framing) {
    ResponseStream out = call.exchange().startStream(200, headers(call));
    Subscriber subscriber =
        new Subscriber(
            ledger,
            pages,
            framing,
            call.stringAmounts(Accepted.STREAM),
            call,
            out,
            new StreamWriter(out, heartbeat, nanoClock));
    metrics.streamOpened();
    subscriber.start(wanted, metrics::streamClosed);
  }

  private static Headers headers(Call call) {
    return Headers.of(
        "Content-Type",
        call.stringAmounts(Accepted.STREAM) ? STRING_AMOUNTS : Accepted.STREAM,
        "Cache-Control",
        "no-store",
        // Proxies that buffer answers would hold events back.
        "X-Accel-Buffering",
        "no",
        Answers.REQUEST_ID,
        call.requestId());
  }

  /** The header as a cursor; null, and thereby ignored, if it is none. */
  static @Nullable Long lastEventId(@Nullable String text) {
    return text == null ? null : Query.cursor(text);
  }
}
