package dev.talea.server;

import dev.talea.ledger.Store;
import dev.talea.net.Headers;
import dev.talea.net.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The route that follows a book: decides from where, and sets a {@link BookStream} going.
 *
 * <p>Called on event loops.
 */
final class StreamEndpoint {
  private static final String EVENT_STREAM = "text/event-stream";

  private final Store store;
  private final Executor readers;
  private final Duration heartbeat;
  private final LongSupplier nanoClock;
  private final Metrics metrics;

  StreamEndpoint(
      Store store, Executor readers, Duration heartbeat, LongSupplier nanoClock, Metrics metrics) {
    this.store = store;
    this.readers = readers;
    this.heartbeat = heartbeat;
    this.nanoClock = nanoClock;
    this.metrics = metrics;
  }

  void handle(Call call) {
    long from = call.query().cursor("from", 0);
    String book = call.readableBook();
    Long lastEventId = lastEventId(call.request().header("Last-Event-ID"));
    long lastSeq = lastEventId != null ? lastEventId : from;
    Headers headers =
        Headers.of(
            "Content-Type",
            EVENT_STREAM,
            "Cache-Control",
            "no-store",
            // Proxies that buffer answers would hold events back.
            "X-Accel-Buffering",
            "no",
            Answers.REQUEST_ID,
            call.requestId());
    if (call.request().method().equals("HEAD")) {
      call.respond(HttpResponse.streamHead(200, headers));
      return;
    }
    BookStream stream =
        new BookStream(
            store,
            book,
            lastSeq,
            call,
            call.exchange().startStream(200, headers),
            readers,
            heartbeat,
            nanoClock);
    metrics.streamOpened();
    stream.start(metrics::streamClosed);
  }

  /** The header as a cursor; null, and thereby ignored, if it is none. */
  static @Nullable Long lastEventId(@Nullable String text) {
    return text == null ? null : Query.cursor(text);
  }
}
