// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Well-formed requests of all shapes: bodies, targets, methods, versions, what keeps a connection.
 */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class HttpSemanticsTest {
  private static final int BODY_MAX = 2 * 1024 * 1024;
  private static final String CHUNKED =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

  private final TestServer server = new TestServer(HttpSemanticsTest::describe);

  @AfterEach
  void stop() {
    server.close();
  }

  /** What a body comes back as unless the path asks for something else. */
  private static void describe(HttpRequest request, HttpExchange exchange) {
    switch (request.rawPath()) {
      case "/none" -> exchange.respond(HttpResponse.of(204));
      case "/same" -> exchange.respond(HttpResponse.text(304, "never sent"));
      case "/head" ->
          exchange.respond(
              HttpResponse.text(
                  200,
                  request.head().method() + "|" + request.rawPath() + "|" + request.rawQuery()));
      case "/framed" ->
          exchange.respond(
              HttpResponse.of(
                  200,
                  Headers.of(
                      "Content-Length", "99", "Transfer-Encoding", "gzip", "Connection", "close"),
                  TestServer.bytes("framed")));
      case "/throws" -> throw new IllegalStateException("on purpose");
      default -> TestServer.echo(request, exchange);
    }
  }

  @Test
  void aChunkedBodySplitAtEveryByteIsTheSameBody() throws Exception {
    byte[] wire =
        TestServer.bytes(
            CHUNKED + "5;ext=1\r\nhello\r\n1\r\n \r\n005\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n");
    try (RawConnection connection = server.connect()) {
      for (int split = 0; split <= wire.length; split++) {
        connection.send(java.util.Arrays.copyOfRange(wire, 0, split));
        connection.send(java.util.Arrays.copyOfRange(wire, split, wire.length));
        assertEquals("hello world", connection.answer().text());
      }
      for (byte b : wire) {
        connection.send(new byte[] {b});
      }
      assertEquals("hello world", connection.answer().text());
    }
  }

  @Test
  void bodiesOfAllLengthsComeBackWhole() throws Exception {
    Random random = new Random(4);
    try (RawConnection connection = server.connect()) {
      for (int length : new int[] {0, 1, 8191, 8192, 65535, 65536, 65537, 300_000, BODY_MAX}) {
        byte[] body = new byte[length];
        random.nextBytes(body);
        connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n");
        connection.send(body);
        assertArrayEquals(body, connection.answer().body());
        connection.send(CHUNKED);
        for (int at = 0; at < length; at += 10_007) {
          int size = Math.min(10_007, length - at);
          connection.send(Integer.toHexString(size) + "\r\n");
          connection.send(java.util.Arrays.copyOfRange(body, at, at + size)).send("\r\n");
        }
        connection.send("0\r\n\r\n");
        assertArrayEquals(body, connection.answer().body());
      }
    }
  }

  @Test
  void anAnnouncedBodyOneByteOverTheLimitIsRefusedBeforeItIsRead() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + (BODY_MAX + 1) + "\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(413, answer.status());
      assertTrue(answer.text().startsWith("BODY_TOO_LARGE"), answer.text());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }

  @Test
  void aSenderWhoseBodyIsRefusedStillGetsTheAnswer() throws Exception {
    // All of the body is on its way before the answer is read: a server that just closed its socket
    // would reset the connection and the answer would be lost.
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + (BODY_MAX + 1) + "\r\n\r\n");
      connection.send(new byte[BODY_MAX + 1]);
      assertEquals(413, connection.answer().status());
    }
  }

  @Test
  void chunksOneByteOverTheLimitAreRefusedAsTheyCome() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(CHUNKED);
      connection.send(Integer.toHexString(BODY_MAX) + "\r\n");
      connection.send(new byte[BODY_MAX]).send("\r\n1\r\nx");
      RawConnection.Answer answer = connection.answer();
      assertEquals(413, answer.status());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }

  @Test
  void aHugeChunkSizeReservesNothing() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(CHUNKED + "7fffffff\r\nabc");
      connection.shutdownOutput();
      assertTrue(connection.isClosedByServer());
    }
    assertEquals(ExchangeEnd.GONE, server.awaitEnd());
    server.assertWorks();
  }

  @Test
  void whoExpectsToContinueIsToldToAndThenAnswered() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
      assertEquals(100, connection.answer().status());
      connection.send("ok");
      RawConnection.Answer answer = connection.answer();
      assertEquals("ok", answer.text());
      assertFalse(answer.saysClose());
      connection.get("/head");
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void whoDoesNotWaitForTheContinueIsServedToo() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
      RawConnection.Answer first = connection.answer();
      assertEquals("ok", (first.status() == 100 ? connection.answer() : first).text());
      connection.send("GET /head HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
      assertEquals("GET|/head|null", connection.answer().text());
    }
  }

  @Test
  void aBodyTooLargeIsRefusedInsteadOfContinued() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(413, answer.status());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void anotherExpectationIs417() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(417, answer.status());
      assertFalse(answer.saysClose());
      connection.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 2\r\n\r\n");
      RawConnection.Answer second = connection.answer();
      assertEquals(417, second.status());
      assertTrue(second.saysClose());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void anExpectationInHttp10IsIgnored() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
      assertEquals("ok", connection.answer().text());
    }
  }

  @Test
  void headAnswersLikeGetWithoutTheBody() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("HEAD /head?q HTTP/1.1\r\nHost: a\r\n\r\n");
      RawConnection.Answer answer = connection.answerToHead();
      assertEquals(200, answer.status());
      assertEquals("12", answer.header("Content-Length"));
      connection.get("/head?q");
      assertEquals("GET|/head|q", connection.answer().text());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/none", "/same"})
  void someStatusesHaveNoBodyAndNoLength(String path) throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.get(path);
      RawConnection.Answer answer = connection.answer();
      assertNull(answer.header("Content-Length"));
      assertNull(answer.header("Transfer-Encoding"));
      connection.get("/head");
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void framingIsTheConnectionsBusiness() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.get("/framed");
      RawConnection.Answer answer = connection.answer();
      assertEquals("framed", answer.text());
      assertNull(answer.header("Transfer-Encoding"));
      assertFalse(answer.saysClose());
      connection.get("/head");
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void everyAnswerIsDated() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.get("/head");
      String date = connection.answer().header("Date");
      assertNotNull(date);
      ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME);
      assertEquals("Sun, 06 Nov 1994 08:49:37 GMT".length(), date.length());
    }
  }

  @Test
  void aHandlerThatThrowsAnswers500AndKeepsTheConnection() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.get("/throws");
      RawConnection.Answer answer = connection.answer();
      assertEquals(500, answer.status());
      assertFalse(answer.text().contains("on purpose"));
      connection.get("/head");
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void targetsInAbsoluteFormAreServedByTheirPath() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.get("http://elsewhere:80/head?a=b");
      assertEquals("GET|/head|a=b", connection.answer().text());
      connection.get("HTTPS://elsewhere/head");
      assertEquals("GET|/head|null", connection.answer().text());
      connection.send("POST http://elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
      assertEquals("x", connection.answer().text());
    }
  }

  @Test
  void theServerAsAWholeHasOptions() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(204, answer.status());
      assertEquals("GET, HEAD, OPTIONS, POST", answer.header("Allow"));
      connection.send("OPTIONS /head HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("OPTIONS|/head|null", connection.answer().text());
    }
  }

  @Test
  void http11KeepsTheConnectionUnlessItIsToldNotTo() throws Exception {
    try (RawConnection connection = server.connect()) {
      for (int i = 0; i < 10; i++) {
        connection.get("/head");
        assertFalse(connection.answer().saysClose());
      }
      connection.send("GET /head HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n");
      assertTrue(connection.answer().saysClose());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void http10ClosesTheConnectionUnlessItIsToldNotTo() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET /head HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertEquals("keep-alive", connection.answer().header("Connection"));
      connection.send("GET /head HTTP/1.0\r\n\r\n");
      assertTrue(connection.answer().saysClose());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void emptyLinesBeforeARequestAreSkipped() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("\r\n\r\nGET /head HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void whoEndsTheirHalfOfTheConnectionStillGetsTheAnswer() throws Exception {
    CompletableFuture<HttpExchange> held = new CompletableFuture<>();
    try (TestServer slow = new TestServer((request, exchange) -> held.complete(exchange));
        RawConnection connection = slow.connect()) {
      connection.get("/");
      connection.shutdownOutput();
      held.get().respond(HttpResponse.text(200, "after the end"));
      assertEquals("after the end", connection.answer().text());
      assertTrue(connection.isClosedByServer());
    }
  }

  // --- refusal before the body
  // ---------------------------------------------------------------------

  private static TestServer refusing(UnaryOperator<HttpServerSettings.Builder> settings) {
    return new TestServer(
        TestServer::echo,
        head -> head.rawPath().equals("/no") ? HttpResponse.text(503, "no") : null,
        settings);
  }

  @Test
  void aRefusedRequestWithAShortBodyKeepsTheConnection() throws Exception {
    try (TestServer refusing = refusing(UnaryOperator.identity());
        RawConnection connection = refusing.connect()) {
      connection.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(503, answer.status());
      assertFalse(answer.saysClose());
      connection.send(new byte[1000]);
      connection.send("POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      connection.send("3\r\nabc\r\n0\r\n\r\n");
      assertEquals(503, connection.answer().status());
      connection.send("POST /yes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nyes");
      assertEquals("yes", connection.answer().text());
    }
  }

  @Test
  void aRefusedRequestWithALongBodyCostsTheConnection() throws Exception {
    try (TestServer refusing = refusing(s -> s.discardBytesMax(1000))) {
      try (RawConnection connection = refusing.connect()) {
        connection.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
        RawConnection.Answer answer = connection.answer();
        assertEquals(503, answer.status());
        assertTrue(answer.saysClose());
        assertTrue(connection.isClosedByServer());
      }
      try (RawConnection connection = refusing.connect()) {
        connection.send("POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertEquals(503, connection.answer().status());
        connection.send("3e9\r\n").send(new byte[1001]).send("\r\n");
        assertTrue(connection.isClosedByServer());
      }
      refusing.assertWorks();
    }
  }

  @Test
  void aRefusedRequestThatWaitedToContinueCostsTheConnection() throws Exception {
    try (TestServer refusing = refusing(UnaryOperator.identity());
        RawConnection connection = refusing.connect()) {
      connection.send(
          "POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(503, answer.status());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void theHandlersRefusalComesBeforeTheConnections() throws Exception {
    try (TestServer refusing = refusing(UnaryOperator.identity());
        RawConnection connection = refusing.connect()) {
      connection.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n");
      assertEquals(503, connection.answer().status());
    }
  }

  @Test
  void nonAsciiTextInHeadersIsKeptAsItCame() throws Exception {
    try (TestServer echo =
            new TestServer(
                (request, exchange) ->
                    exchange.respond(
                        HttpResponse.of(
                            200,
                            "text/plain",
                            String.valueOf(request.header("X-Name"))
                                .getBytes(StandardCharsets.ISO_8859_1))));
        RawConnection connection = echo.connect()) {
      connection.send("GET / HTTP/1.1\r\nHost: a\r\nx-NAME:  caf\u00e9 \r\n\r\n");
      assertArrayEquals(TestServer.bytes("caf\u00e9"), connection.answer().body());
    }
  }

  @Test
  void aChunkExtensionThatIsTooLongIsNotCalledARequestLine() throws Exception {
    try (TestServer server = new TestServer(TestServer::echo);
        RawConnection connection = server.connect()) {
      connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      connection.send("1;" + "x".repeat(20_000) + "\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(400, answer.status());
      assertTrue(answer.text().contains("chunk"), answer.text());
    }
  }
}
