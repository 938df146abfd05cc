// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Streamed answers: written when there is room, ended by anybody, never in anybody's way. */
@Tag("slow")
@ExtendWith(LeakWatch.class)
@Timeout(60)
class StreamTest {
  private final BlockingQueue<ResponseStream> streams = new LinkedBlockingQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  private void open(HttpRequest request, HttpExchange exchange) {
    ResponseStream stream =
        exchange.startStream(200, Headers.of("Content-Type", "text/event-stream"));
    stream.onClose(closed::countDown);
    streams.add(stream);
  }

  private ResponseStream nextStream() throws InterruptedException {
    return TestServer.present(streams.poll(20, TimeUnit.SECONDS));
  }

  private static void write(ResponseStream stream, String text) {
    stream.execute(() -> stream.write(TestServer.bytes(text)));
  }

  @Test
  void piecesArriveAsTheyAreWrittenAndTheEndIsProper() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.get("/");
      RawConnection.Answer head = connection.head();
      assertEquals(200, head.status());
      assertEquals("chunked", head.header("Transfer-Encoding"));
      assertEquals("text/event-stream", head.header("Content-Type"));
      assertNull(head.header("Content-Length"));
      // For admission the exchange ends where the stream begins.
      assertEquals(ExchangeEnd.STREAMING, server.awaitEnd());
      assertEquals(1, server.server.stats().streamsOpen());
      ResponseStream stream = nextStream();
      write(stream, "one");
      assertEquals("one", new String(connection.chunk(), java.nio.charset.StandardCharsets.UTF_8));
      write(stream, "");
      write(stream, "two");
      assertEquals("two", new String(connection.chunk(), java.nio.charset.StandardCharsets.UTF_8));
      stream.close();
      assertEquals(0, connection.chunk().length);
      assertTrue(connection.isClosedByServer());
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      assertTrue(stream.isClosed());
      assertEquals(0, server.server.stats().streamsOpen());
    }
  }

  @Test
  void aStreamOfAKnownLengthSaysItAndIsCutWhenItBreaks() throws Exception {
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    streams.add(exchange.startStream(200, Headers.of("Content-Length", "6"))));
        RawConnection whole = server.connect();
        RawConnection broken = server.connect()) {
      whole.get("/");
      ResponseStream stream = nextStream();
      write(stream, "one");
      stream.execute(
          () -> {
            stream.write(TestServer.bytes("two"));
            stream.close();
          });
      RawConnection.Answer answer = whole.answer();
      assertNull(answer.header("Transfer-Encoding"));
      assertEquals("6", answer.header("Content-Length"));
      assertEquals("onetwo", answer.text());

      broken.get("/");
      ResponseStream shorter = nextStream();
      shorter.onClose(closed::countDown);
      write(shorter, "one");
      shorter.cut();
      assertThrows(EOFException.class, broken::answer);
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      assertTrue(shorter.isClosed());
    }
  }

  @Test
  void http10GetsTheBytesUpToTheEndOfTheConnection() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      ResponseStream stream = nextStream();
      write(stream, "one");
      stream.execute(
          () -> {
            stream.write(TestServer.bytes("two"));
            stream.close();
          });
      RawConnection.Answer answer = connection.answer();
      assertNull(answer.header("Transfer-Encoding"));
      assertTrue(answer.saysClose());
      assertEquals("onetwo", answer.text());
    }
  }

  @Test
  void aHeadRequestGetsTheHeadOfTheStreamOnly() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(200, connection.head().status());
      assertTrue(connection.isClosedByServer());
      assertTrue(closed.await(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void writingOutsideTheEventLoopIsRefused() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.get("/");
      ResponseStream stream = nextStream();
      assertThrows(IllegalStateException.class, () -> stream.write(new byte[1]));
    }
  }

  @Test
  void aStreamWaitsForItsTurnAndDropsWhatWasPipelinedBehindIt() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    CountDownLatch writable = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  if (request.rawPath().equals("/stream")) {
                    open(request, exchange);
                  } else {
                    held.add(exchange);
                  }
                });
        RawConnection connection = server.connect()) {
      connection.get("/first").get("/stream").get("/behind");
      HttpExchange first = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      HttpExchange behind = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      ResponseStream stream = nextStream();
      stream.execute(() -> assertFalse(stream.isWritable()));
      stream.onWritable(
          () -> {
            stream.write(TestServer.bytes("hello"));
            writable.countDown();
          });
      assertEquals(1, writable.getCount());
      first.respond(HttpResponse.text(200, "first"));
      assertEquals("first", connection.answer().text());
      assertEquals(200, connection.head().status());
      assertEquals(5, connection.chunk().length);
      // The one behind can never be answered and must not count as in flight for the stream's life.
      TestServer.await(() -> server.over.get() == 3, "the request behind is still in flight");
      assertTrue(behind.isSettled());
      assertFalse(behind.respond(HttpResponse.text(200, "never")));
      stream.close();
    }
  }

  @Test
  void aStreamClosedBeforeItsTurnStillAnswersItsHead() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  if (request.rawPath().equals("/stream")) {
                    open(request, exchange);
                  } else {
                    held.add(exchange);
                  }
                });
        RawConnection connection = server.connect()) {
      connection.get("/first").get("/stream");
      nextStream().close();
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      TestServer.present(held.poll(20, TimeUnit.SECONDS)).respond(HttpResponse.text(200, "first"));
      assertEquals("first", connection.answer().text());
      assertEquals("", connection.answer().text());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void whoGoesAwayEndsTheStreamAtOnce() throws Exception {
    try (TestServer server = new TestServer(this::open)) {
      RawConnection connection = server.connect();
      connection.get("/");
      connection.head();
      connection.hangUp();
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      ResponseStream stream = nextStream();
      assertTrue(stream.isClosed());
      stream.close();
      server.awaitNoConnections();
    }
  }

  @Test
  void aCallbackSetTooLateIsStillCalled() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.get("/");
      ResponseStream stream = nextStream();
      stream.close();
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      CountDownLatch late = new CountDownLatch(1);
      AtomicInteger calls = new AtomicInteger();
      stream.onClose(calls::incrementAndGet);
      stream.onClose(late::countDown);
      assertEquals(0, calls.get());
    }
  }

  @Test
  void scheduledTasksRunOnTheLoopAndCanBeCalledOff() throws Exception {
    BlockingQueue<String> ran = new LinkedBlockingQueue<>();
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.get("/");
      ResponseStream stream = nextStream();
      ResponseStream.Cancellable never =
          stream.schedule(() -> ran.add("never"), Duration.ofMillis(150));
      stream.schedule(() -> ran.add("beat"), Duration.ofMillis(50));
      never.cancel();
      assertEquals("beat", ran.poll(20, TimeUnit.SECONDS));
      CountDownLatch after = new CountDownLatch(1);
      stream.schedule(after::countDown, Duration.ofMillis(200));
      assertTrue(after.await(20, TimeUnit.SECONDS));
      assertNull(ran.poll());
    }
  }

  @Test
  void anOwnerThatThrowsLosesItsStreamOnly() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.get("/");
      connection.head();
      nextStream()
          .execute(
              () -> {
                throw new IllegalStateException("on purpose");
              });
      assertThrows(EOFException.class, connection::chunk);
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      try (RawConnection other = server.connect()) {
        other.get("/");
        assertEquals(200, other.head().status());
      }
    }
  }

  /** Writes as much as the stream takes, for ever. */
  private void flood(ResponseStream stream, AtomicLong written) {
    byte[] piece = new byte[8 * 1024];
    stream.onWritable(
        () -> {
          while (stream.write(piece)) {
            written.addAndGet(piece.length);
          }
        });
  }

  @Test
  void aReaderWhoDoesNotReadCostsNoMemoryAndDelaysNobody() throws Exception {
    AtomicLong written = new AtomicLong();
    int readers = 20;
    try (TestServer server =
        new TestServer(
            (request, exchange) -> {
              if (request.rawPath().equals("/flood")) {
                flood(exchange.startStream(200, Headers.NONE), written);
              } else {
                TestServer.echo(request, exchange);
              }
            })) {
      RawConnection[] stalled = new RawConnection[readers];
      for (int i = 0; i < readers; i++) {
        stalled[i] = new RawConnection(server.address(), 4096);
        stalled[i].get("/flood");
        stalled[i].head();
      }
      // What was taken went into the kernel's buffers; it stops growing while others are served.
      long before = -1;
      while (before != written.get()) {
        before = written.get();
        for (int i = 0; i < 20; i++) {
          server.assertWorks();
        }
      }
      assertTrue(before > 0);
      assertEquals(readers, server.server.stats().streamsOpen());
      // One that starts to read again goes on where it was.
      stalled[0].chunk();
      for (int i = 0; i < 2000; i++) {
        assertEquals(8 * 1024, stalled[0].chunk().length);
      }
      assertTrue(written.get() > before);
      for (RawConnection connection : stalled) {
        connection.hangUp();
      }
      server.awaitNoConnections();
    }
  }

  @Test
  void aStreamThatIsNotReadIsCutOffWhenItsTimeIsUp() throws Exception {
    AtomicLong written = new AtomicLong();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  open(request, exchange);
                  streams.forEach(stream -> flood(stream, written));
                },
                s -> s.writeStallTimeout(Duration.ofMillis(200)));
        RawConnection connection = new RawConnection(server.address(), 4096)) {
      connection.get("/");
      assertTrue(closed.await(20, TimeUnit.SECONDS));
      server.awaitNoConnections();
    }
  }

  @Test
  void aQuietStreamIsNotCutOff() throws Exception {
    Duration brief = Duration.ofMillis(300);
    try (TestServer server =
            new TestServer(
                this::open,
                s ->
                    s.writeStallTimeout(brief)
                        .idleTimeout(brief)
                        .requestDeadline(brief)
                        .headerDeadline(brief));
        RawConnection connection = server.connect()) {
      connection.get("/");
      connection.head();
      TimeUnit.MILLISECONDS.sleep(4 * brief.toMillis());
      write(nextStream(), "still here");
      assertEquals(10, connection.chunk().length);
    }
  }

  @Test
  void bytesSentIntoAStreamAreThrownAway() throws Exception {
    try (TestServer server = new TestServer(this::open);
        RawConnection connection = server.connect()) {
      connection.get("/");
      connection.head();
      connection.send(new byte[4 * 1024 * 1024]);
      connection.get("/ignored");
      write(nextStream(), "x");
      assertEquals(1, connection.chunk().length);
      assertEquals(1, server.admitted.get());
    }
  }
}
