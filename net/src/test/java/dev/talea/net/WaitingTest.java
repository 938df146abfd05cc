// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What peers may make the server keep while it waits for them, and who pays when it is too much.
 */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class WaitingTest {
  private static void closeAll(List<RawConnection> connections) throws IOException {
    for (RawConnection connection : connections) {
      connection.close();
    }
  }

  private static void awaitIncomplete(TestServer server, int count) throws Exception {
    TestServer.await(
        () -> server.server.stats().incomplete() == count, "not " + count + " incomplete requests");
  }

  @Test
  void theOldestIncompleteRequestIsGivenUpForANewOne() throws Exception {
    String[] beginnings = {
      "GET /a HTTP/1.1\r\nHo",
      "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    };
    for (String beginning : beginnings) {
      List<RawConnection> waiting = new ArrayList<>();
      try (TestServer server = new TestServer(TestServer::echo, s -> s.incompleteMax(3, 3))) {
        for (int i = 0; i < 3; i++) {
          waiting.add(server.connect().send(beginning));
          awaitIncomplete(server, i + 1);
        }
        server.assertWorks();
        assertEquals(0, server.server.stats().evicted());
        waiting.add(server.connect().send(beginning));
        RawConnection.Answer answer = waiting.get(0).answer();
        assertEquals(408, answer.status());
        assertTrue(answer.text().contains("incomplete"), answer.text());
        assertTrue(waiting.get(0).isClosedByServer());
        server.assertWorks();
        awaitIncomplete(server, 3);
        assertEquals(1, server.server.stats().evicted());
        closeAll(waiting);
      } finally {
        closeAll(waiting);
      }
    }
  }

  @Test
  void arrivingLaterMeansWaitingLess() throws Exception {
    List<RawConnection> waiting = new ArrayList<>();
    try (TestServer server = new TestServer(TestServer::echo, s -> s.incompleteMax(2, 2))) {
      String half = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab";
      waiting.add(server.connect().send(half));
      awaitIncomplete(server, 1);
      waiting.add(server.connect().send(half));
      awaitIncomplete(server, 2);
      // The first is completed and begins another: now the second is the oldest.
      waiting.get(0).send("cd" + half);
      assertEquals("abcd", waiting.get(0).answer().text());
      awaitIncomplete(server, 2);
      waiting.add(server.connect().send(half));
      assertEquals(408, waiting.get(1).answer().status());
      waiting.get(0).send("cd");
      assertEquals("abcd", waiting.get(0).answer().text());
      closeAll(waiting);
    } finally {
      closeAll(waiting);
    }
  }

  @Test
  void bytesOfIncompleteRequestsAreBoundedToo() throws Exception {
    List<RawConnection> waiting = new ArrayList<>();
    int body = 1024 * 1024;
    try (TestServer server =
        new TestServer(TestServer::echo, s -> s.bodyBytesMax(body).incompleteBytesMax(8L * body))) {
      for (int i = 0; i < 12; i++) {
        waiting.add(
            server
                .connect()
                .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body + "\r\n\r\n")
                .send(new byte[body - 1]));
      }
      TestServer.await(() -> server.server.stats().evicted() >= 8, "too much is kept");
      assertTrue(server.server.stats().incompleteBytes() <= 4L * body);
      assertEquals(408, waiting.get(0).answer().status());
      waiting.get(11).send("x");
      assertEquals(body, waiting.get(11).answer().body().length);
      closeAll(waiting);
    } finally {
      closeAll(waiting);
    }
  }

  @Test
  void whatReadersDoNotTakeIsBoundedTogether() throws Exception {
    int length = 1024 * 1024;
    List<RawConnection> unread = new ArrayList<>();
    try (TestServer server =
        new TestServer(
            (request, exchange) -> {
              if (request.rawPath().equals("/page")) {
                exchange.respond(HttpResponse.of(200, "x/y", new byte[length]));
              } else {
                TestServer.echo(request, exchange);
              }
            },
            s -> s.unsentBytesMax(5L * length).sendBufferBytes(16 * 1024))) {
      for (int i = 0; i < 20; i++) {
        unread.add(new RawConnection(server.address(), 4096).get("/page"));
      }
      TestServer.await(() -> server.server.stats().evicted() >= 15, "too much is kept");
      assertTrue(server.server.stats().unsentBytes() <= 5L * length);
      server.assertWorks();
      // The youngest are still served, and whole.
      assertEquals(length, unread.get(19).answer().body().length);
      closeAll(unread);
    } finally {
      closeAll(unread);
    }
  }

  @Test
  void sharedBodiesCostNothingWhileTheyWait() throws Exception {
    byte[] shared = new byte[1024 * 1024];
    List<RawConnection> unread = new ArrayList<>();
    try (TestServer server =
        new TestServer(
            (request, exchange) ->
                exchange.respond(HttpResponse.ofShared(200, Headers.NONE, shared)),
            s -> s.unsentBytesMax(10L * shared.length).sendBufferBytes(16 * 1024))) {
      for (int i = 0; i < 40; i++) {
        unread.add(
            new RawConnection(server.address(), 4096)
                .send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20)));
      }
      TestServer.await(() -> server.server.stats().unsentBytes() > 0, "nothing waits");
      for (RawConnection each : unread) {
        for (int i = 0; i < 2; i++) {
          assertEquals(shared.length, each.answer().body().length);
        }
      }
      assertEquals(0, server.server.stats().evicted());
      closeAll(unread);
    } finally {
      closeAll(unread);
    }
  }

  @Test
  void aLongAnswerIsNotMadeBeforeTheOneBeforeHasLeft() throws Exception {
    AtomicInteger handled = new AtomicInteger();
    BlockingQueue<HttpExchange> held = new LinkedBlockingQueue<>();
    HttpHandler handler =
        new HttpHandler() {
          @Override
          public @Nullable HttpResponse admit(RequestHead head, HttpExchange exchange) {
            exchange.expectAnswer(head.rawPath().equals("/long") ? 1024 * 1024 : 100);
            return null;
          }

          @Override
          public void handle(HttpRequest request, HttpExchange exchange) {
            handled.incrementAndGet();
            held.add(exchange);
          }
        };
    HttpServer server =
        HttpServer.start(
            HttpServerSettings.builder().eventLoops(1).build(), handler, TestServer.NAMED);
    try (RawConnection connection = new RawConnection(server.address());
        RawConnection other = new RawConnection(server.address())) {
      connection.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3));
      for (int i = 1; i <= 3; i++) {
        HttpExchange exchange = TestServer.present(held.poll(20, TimeUnit.SECONDS));
        // What another connection sends later is taken up, what this one sent before is not.
        other.get("/short");
        HttpExchange meanwhile = TestServer.present(held.poll(20, TimeUnit.SECONDS));
        assertEquals("/short", meanwhile.head().rawPath());
        meanwhile.respond(HttpResponse.of(204));
        assertEquals(204, other.answer().status());
        assertEquals(2 * i, handled.get());
        assertNull(held.peek());
        exchange.respond(HttpResponse.of(200, "x/y", new byte[1024 * 1024]));
        assertEquals(1024 * 1024, connection.answer().body().length);
      }
      connection.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\n".repeat(30));
      for (int i = 0; i < 30; i++) {
        assertNotNull(held.poll(20, TimeUnit.SECONDS), "short ones go side by side");
      }
    } finally {
      server.close(Duration.ZERO);
    }
  }

  @Test
  void requestsBehindAPauseWaitForItsEnd() throws Exception {
    BlockingQueue<String> handled = new LinkedBlockingQueue<>();
    BlockingQueue<Runnable> pauses = new LinkedBlockingQueue<>();
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  handled.add(request.rawPath());
                  if (request.rawPath().equals("/slow")) {
                    pauses.add(exchange.pauseRequests());
                  }
                  TestServer.target(request, exchange);
                });
        RawConnection connection = server.connect()) {
      connection.get("/slow").get("/next");
      assertEquals("/slow", connection.answer().text());
      server.assertWorks();
      Runnable goOn = TestServer.present(pauses.poll(20, TimeUnit.SECONDS));
      assertEquals(List.of("/slow", "/works"), List.copyOf(handled));
      goOn.run();
      goOn.run();
      assertEquals("/next", connection.answer().text());
    }
  }

  @Test
  void aBodyThatIsNotWantedIsNeverKept() throws Exception {
    UnaryOperator<HttpServerSettings.Builder> settings = s -> s.discardBytesMax(1000);
    AtomicInteger bytes = new AtomicInteger(-1);
    HttpHandler handler =
        new HttpHandler() {
          @Override
          public boolean takesBody(RequestHead head, HttpExchange exchange) {
            return false;
          }

          @Override
          public void handle(HttpRequest request, HttpExchange exchange) {
            bytes.set(request.body().length);
            exchange.respond(HttpResponse.of(204));
          }
        };
    HttpServer server =
        HttpServer.start(
            settings.apply(HttpServerSettings.builder().eventLoops(1)).build(),
            handler,
            TestServer.NAMED);
    try (RawConnection connection = new RawConnection(server.address());
        RawConnection chunked = new RawConnection(server.address())) {
      for (int length : new int[] {0, 1, 1000}) {
        connection.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n");
        connection.send(new byte[length]);
        assertEquals(204, connection.answer().status());
        assertEquals(0, bytes.get());
      }
      connection.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
      assertEquals(413, connection.answer().status());
      assertTrue(connection.isClosedByServer());
      chunked.send("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      chunked.send("3e9\r\n").send(new byte[1001]);
      assertEquals(413, chunked.answer().status());
      assertTrue(chunked.isClosedByServer());
    } finally {
      server.close(Duration.ofSeconds(5));
    }
  }

  @Test
  void theDoorAnswersWhileEveryEventLoopIsBusy() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(
                (request, exchange) -> {
                  if (request.rawPath().equals("/busy")) {
                    busy.countDown();
                    try {
                      release.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }
                  TestServer.target(request, exchange);
                },
                s -> s.doorTargets("/alive"));
        RawConnection connection = server.connect()) {
      try {
        connection.get("/busy");
        busy.await();
        for (int i = 0; i < 3; i++) {
          try (RawConnection probe = server.connect()) {
            probe.get("/alive").get("/alive");
            assertEquals("/alive", probe.answer().text());
            assertEquals("/alive", probe.answer().text());
          }
        }
      } finally {
        release.countDown();
      }
      assertEquals("/busy", connection.answer().text());
    }
  }

  @Test
  void aConnectionThatNeverSpeaksIsClosedAtTheDoorToo() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo);
        RawConnection silent = server.connect()) {
      TestServer.await(() -> server.server.stats().connectionsOpen() == 1, "not accepted");
      server.server.close(Duration.ofSeconds(20));
      assertTrue(silent.isClosedByServer());
    }
  }
}
