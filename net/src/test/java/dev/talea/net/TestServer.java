// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;

/**
 * A server on a free port whose handler keeps the books: who was admitted, who was told to be over,
 * and that nobody was told twice.
 */
class TestServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Answers the error's name and detail, so that tests can tell which error it was. */
  static final ErrorBodies NAMED =
      (error, detail, exchange) -> HttpResponse.text(error.status(), error + ": " + detail);

  final AtomicInteger admitted = new AtomicInteger();
  final AtomicInteger over = new AtomicInteger();
  final BlockingQueue<ExchangeEnd> ends = new LinkedBlockingQueue<>();
  final HttpServer server;
  private final ConcurrentHashMap<HttpExchange, ExchangeEnd> told = new ConcurrentHashMap<>();
  private volatile @Nullable String complaint;

  TestServer(BiConsumer<HttpRequest, HttpExchange> handler) {
    this(handler, head -> null, UnaryOperator.identity());
  }

  TestServer(
      BiConsumer<HttpRequest, HttpExchange> handler,
      UnaryOperator<HttpServerSettings.Builder> settings) {
    this(handler, head -> null, settings);
  }

  TestServer(
      BiConsumer<HttpRequest, HttpExchange> handler,
      Function<RequestHead, @Nullable HttpResponse> admit,
      UnaryOperator<HttpServerSettings.Builder> settings) {
    HttpServerSettings built = settings.apply(HttpServerSettings.builder().eventLoops(1)).build();
    this.server =
        HttpServer.start(
            built,
            new HttpHandler() {
              @Override
              public @Nullable HttpResponse admit(RequestHead head, HttpExchange exchange) {
                admitted.incrementAndGet();
                return admit.apply(head);
              }

              @Override
              public void handle(HttpRequest request, HttpExchange exchange) {
                handler.accept(request, exchange);
              }

              @Override
              public void over(HttpExchange exchange, ExchangeEnd end) {
                ExchangeEnd before = told.put(exchange, end);
                if (before != null) {
                  complaint = exchange.head() + " was over twice: " + before + ", " + end;
                }
                isOver(exchange);
                over.incrementAndGet();
                ends.add(end);
              }
            },
            NAMED);
  }

  /** Told on the event loop when an exchange is over; for tests that look at the moment. */
  void isOver(HttpExchange exchange) {}

  /** Answers every request with its own body. */
  static void echo(HttpRequest request, HttpExchange exchange) {
    exchange.respond(HttpResponse.of(200, "application/octet-stream", request.body()));
  }

  /** Answers every request with its target. */
  static void target(HttpRequest request, HttpExchange exchange) {
    exchange.respond(HttpResponse.text(200, request.head().target()));
  }

  InetSocketAddress address() {
    return server.address();
  }

  RawConnection connect() throws IOException {
    return new RawConnection(address());
  }

  /** A request on a new connection is answered as ever. */
  void assertWorks() throws IOException {
    try (RawConnection connection = connect()) {
      connection.send("POST /works HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nworks");
      Assertions.assertEquals(200, connection.answer().status());
    }
  }

  ExchangeEnd awaitEnd() throws InterruptedException {
    return present(ends.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  void awaitNoConnections() throws Exception {
    await(() -> server.stats().connectionsOpen() == 0, "connections are still open");
  }

  /** Waits for something that another thread is about to make true. */
  static void await(java.util.function.BooleanSupplier condition, String otherwise)
      throws TimeoutException, InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new TimeoutException(otherwise);
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** Every admitted exchange was told to be over, once. */
  void assertBooksBalance() throws Exception {
    await(
        () -> admitted.get() == over.get(),
        "admitted " + admitted.get() + ", but over " + over.get());
    Assertions.assertNull(complaint);
    Assertions.assertEquals(admitted.get(), told.size());
  }

  /** What a queue gave before its time was up. */
  static <T> T present(@Nullable T value) {
    Assertions.assertNotNull(value, "nothing came in time");
    return java.util.Objects.requireNonNull(value);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    server.close(Duration.ofSeconds(5));
    Assertions.assertEquals(admitted.get(), over.get(), "exchanges admitted and over");
    Assertions.assertNull(complaint);
  }
}
