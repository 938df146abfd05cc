// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Time limits that hold against a peer who sends, or takes, a little now and then. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
@Tag("slow")
class DeadlineTest {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final int DRIP_MILLIS = 20;

  /**
   * Does something while a byte is sent every few milliseconds, until the other side has enough.
   */
  private static void whileDripping(RawConnection connection, String bytes, Executable check)
      throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    Thread drip =
        new Thread(
            () -> {
              try {
                for (int i = 0; !stop.get(); i++) {
                  connection.send(bytes.substring(i % bytes.length(), i % bytes.length() + 1));
                  TimeUnit.MILLISECONDS.sleep(DRIP_MILLIS);
                }
              } catch (IOException | InterruptedException over) {
                return;
              }
            },
            "drip");
    drip.start();
    try {
      check.run();
    } finally {
      stop.set(true);
      drip.join();
    }
  }

  @FunctionalInterface
  private interface Executable {
    void run() throws Exception;
  }

  @Test
  void headersThatDripInAreCutOffAtTheDeadline() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo, s -> s.headerDeadline(SHORT));
        RawConnection connection = server.connect()) {
      long start = System.nanoTime();
      connection.send("GET / HTTP/1.1\r\nHost: a\r\n");
      whileDripping(
          connection,
          "X: 1\r\n",
          () -> {
            RawConnection.Answer answer = connection.answer();
            assertEquals(408, answer.status());
            assertTrue(answer.text().startsWith("REQUEST_TOO_SLOW"), answer.text());
            assertTrue(answer.saysClose());
            assertFalse(System.nanoTime() - start < SHORT.toNanos());
            assertTrue(connection.isClosedByServer());
          });
      server.assertWorks();
    }
  }

  @Test
  void aRequestLineThatDripsInIsCutOffAtTheDeadline() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo, s -> s.headerDeadline(SHORT));
        RawConnection connection = server.connect()) {
      whileDripping(
          connection,
          "GET",
          () -> {
            assertEquals(408, connection.answer().status());
            assertTrue(connection.isClosedByServer());
          });
    }
  }

  @Test
  void theHeaderDeadlineStartsWithTheFirstByteOfEachRequest() throws Exception {
    try (TestServer server =
            new TestServer(TestServer::target, s -> s.headerDeadline(Duration.ofSeconds(2)));
        RawConnection connection = server.connect()) {
      long start = System.nanoTime();
      while (System.nanoTime() - start < Duration.ofMillis(2500).toNanos()) {
        connection.get("/");
        assertEquals(200, connection.answer().status());
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  @Test
  void aBodyThatDripsInIsCutOffAtTheDeadline() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo, s -> s.requestDeadline(SHORT));
        RawConnection connection = server.connect()) {
      connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
      whileDripping(
          connection,
          "x",
          () -> {
            RawConnection.Answer answer = connection.answer();
            assertEquals(408, answer.status());
            assertTrue(answer.saysClose());
            assertTrue(connection.isClosedByServer());
          });
      assertEquals(ExchangeEnd.ANSWERED, server.awaitEnd());
    }
  }

  @Test
  void chunksThatDripInAreCutOffAtTheDeadline() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo, s -> s.requestDeadline(SHORT));
        RawConnection connection = server.connect()) {
      connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      whileDripping(
          connection,
          "1\r\nx\r\n",
          () -> {
            assertEquals(408, connection.answer().status());
            assertTrue(connection.isClosedByServer());
          });
    }
  }

  @Test
  void theBodyOfARefusedRequestIsNotWaitedForForever() throws Exception {
    try (TestServer server =
            new TestServer(
                TestServer::echo,
                head -> HttpResponse.text(401, "who are you"),
                s -> s.requestDeadline(SHORT));
        RawConnection connection = server.connect()) {
      connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
      assertEquals(401, connection.answer().status());
      whileDripping(
          connection,
          "x",
          () -> {
            assertTrue(connection.isClosedByServer());
          });
    }
  }

  @Test
  void aConnectionWithNothingOnItIsClosedInSilence() throws Exception {
    try (TestServer server = new TestServer(TestServer::target, s -> s.idleTimeout(SHORT))) {
      try (RawConnection connection = server.connect()) {
        assertTrue(connection.isClosedByServer());
      }
      try (RawConnection connection = server.connect()) {
        connection.get("/");
        assertEquals(200, connection.answer().status());
        assertTrue(connection.isClosedByServer());
      }
    }
  }

  @Test
  void aRequestBeingHandledIsNotIdle() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> held.add(exchange),
                s -> s.idleTimeout(SHORT).headerDeadline(SHORT));
        RawConnection connection = server.connect()) {
      connection.get("/");
      HttpExchange exchange = TestServer.present(held.poll(20, TimeUnit.SECONDS));
      TimeUnit.MILLISECONDS.sleep(3 * SHORT.toMillis());
      assertTrue(exchange.respond(HttpResponse.text(200, "in time")));
      assertEquals("in time", connection.answer().text());
    }
  }

  @Test
  void aHandlerThatDoesNotAnswerIsAnsweredForAndItsLateAnswerIsDropped() throws Exception {
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> held.add(exchange), s -> s.requestDeadline(SHORT));
        RawConnection connection = server.connect()) {
      connection.get("/0").get("/1");
      for (int i = 0; i < 2; i++) {
        RawConnection.Answer answer = connection.answer();
        assertEquals(408, answer.status());
        assertTrue(answer.text().startsWith("ANSWER_TOO_LATE"), answer.text());
        assertFalse(answer.saysClose());
        HttpExchange late = TestServer.present(held.poll(20, TimeUnit.SECONDS));
        assertTrue(late.isSettled());
        assertEquals(408, late.status());
        assertFalse(late.respond(HttpResponse.text(200, "late")));
        assertTrue(late.startStream(200, Headers.NONE).isClosed());
        assertEquals(ExchangeEnd.ANSWERED, server.awaitEnd());
      }
      connection.get("/2");
      TestServer.present(held.poll(20, TimeUnit.SECONDS)).respond(HttpResponse.text(200, "good"));
      assertEquals("good", connection.answer().text());
    }
  }

  @Test
  void aReaderWhoTakesNothingOfALongAnswerIsCutOff() throws Exception {
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  if (request.rawPath().equals("/big")) {
                    exchange.respond(HttpResponse.of(200, "x/y", new byte[64 * 1024 * 1024]));
                  } else {
                    TestServer.echo(request, exchange);
                  }
                },
                s -> s.writeStallTimeout(SHORT));
        RawConnection connection = new RawConnection(server.address(), 4096)) {
      connection.get("/big");
      assertEquals(ExchangeEnd.GONE, server.awaitEnd());
      server.awaitNoConnections();
      server.assertWorks();
    }
  }

  @Test
  void theDeadlineOfARequestEndsWithTheLastByteOfItsAnswer() throws Exception {
    // The reader takes enough not to be stalled, but not all within the time of the request.
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    exchange.respond(HttpResponse.of(200, "x/y", new byte[64 * 1024 * 1024])),
                s -> s.requestDeadline(SHORT));
        RawConnection connection = new RawConnection(server.address(), 4096)) {
      connection.get("/");
      assertEquals(200, connection.head().status());
      while (server.ends.isEmpty()) {
        if (connection.input().readNBytes(4096).length == 0) {
          break;
        }
        TimeUnit.MILLISECONDS.sleep(DRIP_MILLIS);
      }
      assertEquals(ExchangeEnd.GONE, server.awaitEnd());
    }
  }

  @Test
  void aReaderWhoTakesALittleNowAndThenIsCutOffToo() throws Exception {
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    exchange.respond(HttpResponse.of(200, "x/y", new byte[64 * 1024 * 1024])),
                s -> s.writeStallTimeout(Duration.ofMillis(500)));
        RawConnection connection = new RawConnection(server.address(), 4096)) {
      connection.get("/");
      while (server.ends.isEmpty()) {
        if (connection.input().read() < 0) {
          break;
        }
        TimeUnit.MILLISECONDS.sleep(DRIP_MILLIS);
      }
      assertEquals(ExchangeEnd.GONE, server.awaitEnd());
    }
  }

  @Test
  void aSteadySlowReaderOfALongAnswerIsServedToTheEnd() throws Exception {
    int length = 8 * 1024 * 1024;
    try (TestServer server =
            new TestServer(
                (request, exchange) ->
                    exchange.respond(HttpResponse.of(200, "x/y", new byte[length])),
                s -> s.writeStallTimeout(Duration.ofMillis(1500)));
        RawConnection connection = new RawConnection(server.address(), 64 * 1024)) {
      connection.get("/");
      connection.head();
      // Takes longer than the stall time as a whole, but always some.
      int read = 0;
      while (read < length) {
        int more = connection.input().readNBytes(Math.min(256 * 1024, length - read)).length;
        assertTrue(more > 0, "cut off after " + read + " bytes");
        read += more;
        TimeUnit.MILLISECONDS.sleep(60);
      }
      assertEquals(ExchangeEnd.ANSWERED, server.awaitEnd());
    }
  }

  @Test
  void whoGoesOnSendingAfterAClosingAnswerIsCutOff() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo, s -> s.lingerTimeout(SHORT));
        RawConnection connection = server.connect()) {
      connection.send("nonsense\r\n\r\n");
      assertEquals(400, connection.answer().status());
      whileDripping(
          connection,
          "x",
          () -> {
            server.awaitNoConnections();
          });
    }
  }
}
