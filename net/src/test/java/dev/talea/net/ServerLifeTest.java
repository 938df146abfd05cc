// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Starting, stopping, connections that come, go and are too many. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class ServerLifeTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();

  private HttpExchange nextHeld() throws InterruptedException {
    return TestServer.present(held.poll(20, TimeUnit.SECONDS));
  }

  private void hold(HttpRequest request, HttpExchange exchange) {
    held.add(exchange);
  }

  @Test
  void aTakenPortIsSaidWithWhatToDo() {
    try (TestServer first = new TestServer(TestServer::echo)) {
      BindFailedException failure =
          assertThrows(
              BindFailedException.class,
              () -> new TestServer(TestServer::echo, s -> s.bind(first.address())));
      String message = String.valueOf(failure.getMessage());
      assertTrue(message.contains(":" + first.address().getPort()), message);
      assertTrue(message.contains("choose another"), message);
      assertEquals(first.address(), failure.address());
    }
  }

  @Test
  void anAddressOfAnotherMachineOrNoneIsSaid() {
    for (InetSocketAddress address :
        List.of(
            new InetSocketAddress("192.0.2.1", 0),
            InetSocketAddress.createUnresolved("no-such-host.invalid", 0))) {
      BindFailedException failure =
          assertThrows(
              BindFailedException.class,
              () -> new TestServer(TestServer::echo, s -> s.bind(address)));
      assertTrue(String.valueOf(failure.getMessage()).contains(address.getHostString()));
    }
  }

  @Test
  void aPortIsFreeAgainAfterTheEnd() throws Exception {
    TestServer first = new TestServer(TestServer::echo);
    first.assertWorks();
    InetSocketAddress address = first.address();
    first.close();
    try (TestServer second = new TestServer(TestServer::echo, s -> s.bind(address))) {
      second.assertWorks();
    }
  }

  @Test
  void aGracefulEndAnswersWhatIsInFlight() throws Exception {
    TestServer server = new TestServer(this::hold);
    try (RawConnection busy = server.connect();
        RawConnection idle = server.connect();
        RawConnection uploading = server.connect()) {
      idle.get("/");
      nextHeld().respond(HttpResponse.text(200, "idle"));
      assertEquals("idle", idle.answer().text());
      busy.get("/1").get("/2");
      HttpExchange first = nextHeld();
      HttpExchange second = nextHeld();
      uploading.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
      TestServer.await(() -> server.admitted.get() == 4, "the upload was not seen");

      CompletableFuture<Boolean> end =
          CompletableFuture.supplyAsync(() -> server.server.close(LONG));
      assertTrue(idle.isClosedByServer());
      assertThrows(IOException.class, () -> server.connect().get("/").answer());
      second.respond(HttpResponse.text(200, "second"));
      first.respond(HttpResponse.text(200, "first"));
      RawConnection.Answer answer = busy.answer();
      assertEquals("first", answer.text());
      assertFalse(answer.saysClose());
      answer = busy.answer();
      assertEquals("second", answer.text());
      assertTrue(answer.saysClose());
      assertTrue(busy.isClosedByServer());
      uploading.send("lf");
      nextHeld().respond(HttpResponse.text(200, "uploaded"));
      answer = uploading.answer();
      assertEquals("uploaded", answer.text());
      assertTrue(answer.saysClose());
      busy.hangUp();
      uploading.hangUp();
      assertTrue(end.get(20, TimeUnit.SECONDS));
      server.assertBooksBalance();
      assertTrue(server.server.close(LONG));
    }
  }

  @Test
  void aGracefulEndEndsTheStreams() throws Exception {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    TestServer server =
        new TestServer(
            (request, exchange) ->
                exchange.startStream(200, Headers.NONE).onClose(() -> closed.complete(null)));
    try (RawConnection connection = server.connect()) {
      connection.get("/");
      connection.head();
      CompletableFuture<Boolean> end =
          CompletableFuture.supplyAsync(() -> server.server.close(LONG));
      assertEquals(0, connection.chunk().length);
      assertTrue(connection.isClosedByServer());
      connection.hangUp();
      assertTrue(end.get(20, TimeUnit.SECONDS));
      closed.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aStreamThatBeginsDuringTheEndEndsAtOnce() throws Exception {
    TestServer server = new TestServer(this::hold);
    try (RawConnection connection = server.connect()) {
      connection.get("/");
      HttpExchange exchange = nextHeld();
      CompletableFuture<Boolean> end =
          CompletableFuture.supplyAsync(() -> server.server.close(LONG));
      // Whatever is idle goes first, so a connection that is refused says that the end has begun.
      TestServer.await(() -> isRefused(server), "the server still accepts");
      exchange.startStream(200, Headers.NONE);
      assertEquals("", connection.answer().text());
      assertTrue(connection.isClosedByServer());
      connection.hangUp();
      assertTrue(end.get(20, TimeUnit.SECONDS));
    }
  }

  private static boolean isRefused(TestServer server) {
    try (RawConnection probe = server.connect()) {
      return probe.isClosedByServer();
    } catch (IOException refused) {
      return true;
    }
  }

  @Test
  void whatIsNotDoneAtTheBoundIsCutOff() throws Exception {
    TestServer server = new TestServer(this::hold);
    try (RawConnection connection = server.connect()) {
      connection.get("/");
      HttpExchange exchange = nextHeld();
      assertFalse(server.server.close(Duration.ofMillis(100)));
      assertTrue(connection.isClosedByServer());
      assertEquals(ExchangeEnd.GONE, server.awaitEnd());
      assertFalse(exchange.respond(HttpResponse.text(200, "too late")));
      exchange.execute(() -> {});
      server.assertBooksBalance();
    }
  }

  @Test
  void connectionsOverTheCapAreClosedAndPlacesComeBack() throws Exception {
    try (TestServer server = new TestServer(TestServer::target, s -> s.connectionsMax(3))) {
      for (int round = 0; round < 3; round++) {
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          RawConnection connection = server.connect();
          connections.add(connection);
          connection.get("/" + i);
          assertEquals("/" + i, connection.answer().text());
        }
        try (RawConnection tooMany = server.connect()) {
          assertTrue(tooMany.isClosedByServer());
        }
        connections.get(0).get("/again");
        assertEquals("/again", connections.get(0).answer().text());
        for (RawConnection connection : connections) {
          connection.hangUp();
        }
        server.awaitNoConnections();
      }
      assertEquals(3, server.server.stats().connectionsRefused());
    }
  }

  @Test
  void connectionsOfOneAddressOverItsCapAreClosed() throws Exception {
    try (TestServer server =
        new TestServer(TestServer::target, s -> s.connectionsPerAddressMax(1))) {
      try (RawConnection first = server.connect();
          RawConnection second = server.connect()) {
        first.get("/");
        assertEquals(200, first.answer().status());
        assertTrue(second.isClosedByServer());
      }
      server.awaitNoConnections();
      server.assertWorks();
    }
  }

  @Test
  void aPeerThatGoesInTheMiddleOfABodyIsToldOnce() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo)) {
      for (int i = 0; i < 20; i++) {
        RawConnection connection = server.connect();
        connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbegin");
        int expected = i + 1;
        TestServer.await(() -> server.admitted.get() == expected, "the request was not seen");
        if (i % 2 == 0) {
          connection.reset();
        } else {
          connection.hangUp();
        }
        assertEquals(ExchangeEnd.GONE, server.awaitEnd());
      }
      server.awaitNoConnections();
      server.assertBooksBalance();
    }
  }

  @Test
  void aPeerThatGoesInTheMiddleOfAnAnswerIsToldOnce() throws Exception {
    try (TestServer server =
        new TestServer(
            (request, exchange) ->
                exchange.respond(HttpResponse.of(200, "x/y", new byte[32 * 1024 * 1024])))) {
      for (int i = 0; i < 5; i++) {
        RawConnection connection = new RawConnection(server.address(), 4096);
        connection.get("/");
        connection.head();
        connection.reset();
        assertEquals(ExchangeEnd.GONE, server.awaitEnd());
      }
      server.awaitNoConnections();
      server.assertBooksBalance();
    }
  }

  @Test
  void aPeerThatGoesBeforeTheAnswerIsToldOnce() throws Exception {
    try (TestServer server = new TestServer(this::hold)) {
      RawConnection connection = server.connect();
      connection.get("/1").get("/2");
      HttpExchange first = nextHeld();
      HttpExchange second = nextHeld();
      connection.reset();
      assertEquals(ExchangeEnd.GONE, server.awaitEnd());
      assertEquals(ExchangeEnd.GONE, server.awaitEnd());
      assertTrue(first.isSettled());
      assertEquals(0, first.status());
      assertFalse(first.respond(HttpResponse.text(200, "nobody hears")));
      assertTrue(second.startStream(200, Headers.NONE).isClosed());
      server.assertBooksBalance();
    }
  }

  @Test
  void connectionsSpreadOverSeveralEventLoopsAllWork() throws Exception {
    try (TestServer server = new TestServer(this::hold, s -> s.eventLoops(3))) {
      List<RawConnection> connections = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        RawConnection connection = server.connect();
        connections.add(connection);
        connection.get("/" + i);
      }
      for (int i = 0; i < 12; i++) {
        HttpExchange exchange = nextHeld();
        exchange.respond(HttpResponse.text(200, exchange.head().rawPath()));
      }
      for (int i = 0; i < 12; i++) {
        assertEquals("/" + i, connections.get(i).answer().text());
        connections.get(i).close();
      }
    }
  }
}
