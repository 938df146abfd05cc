// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is malformed, ambiguous or too long gets the status it deserves and costs its sender the
 * connection; nobody else notices.
 */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRequestTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server = new TestServer(TestServer::echo, UnaryOperator.identity());
  }

  @AfterAll
  void stop() throws Exception {
    server.assertBooksBalance();
    server.close();
  }

  /** In the table, {@code |} stands for a line end and {@code ~} for a NUL. */
  private static String wire(String table) {
    return table.replace("|", "\r\n").replace("~", "\0");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {
        "transfer encoding and length; 400;"
            + "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Content-Length: 3||0||",
        "length and transfer encoding; 400;"
            + "POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked||0||",
        "two different lengths; 400; POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 4||abcd",
        "two equal lengths; 400; POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 3||abc",
        "two lengths in one line; 400; POST / HTTP/1.1|Host: a|Content-Length: 3, 3||abc",
        "a signed length; 400; POST / HTTP/1.1|Host: a|Content-Length: +4||abcd",
        "a negative length; 400; POST / HTTP/1.1|Host: a|Content-Length: -4||abcd",
        "a length in hex; 400; POST / HTTP/1.1|Host: a|Content-Length: 0x4||abcd",
        "an empty length; 400; POST / HTTP/1.1|Host: a|Content-Length: ||abcd",
        "a length past 64 bits; 400; POST / HTTP/1.1|Host: a|Content-Length: 99999999999999999999||",
        "chunked, then identity; 400;"
            + "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked, identity||0||",
        "gzip, then chunked; 400; POST / HTTP/1.1|Host: a|Transfer-Encoding: gzip, chunked||0||",
        "two transfer encodings; 400;"
            + "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||",
        "an unknown transfer encoding; 400; POST / HTTP/1.1|Host: a|Transfer-Encoding: xchunked||0||",
        "a hidden transfer encoding; 400;"
            + "POST / HTTP/1.1|Host: a|Transfer-Encoding: \u000bchunked||0||",
        "chunks in HTTP/1.0; 400; POST / HTTP/1.0|Host: a|Transfer-Encoding: chunked||0||",
        "space before a colon; 400; GET / HTTP/1.1|Host : a||",
        "a space in a header name; 400; GET / HTTP/1.1|Host: a|X Y: 1||",
        "a header line without a colon; 400; GET / HTTP/1.1|Host: a|nonsense||",
        "a NUL in a header value; 400; GET / HTTP/1.1|Host: a|X: b~c||",
        "a NUL in a header name; 400; GET / HTTP/1.1|Host: a|X~: b||",
        "a NUL in the target; 400; GET /a~b HTTP/1.1|Host: a||",
        "HTTP/0.9; 400; GET /|",
        "no version; 400; GET / |Host: a||",
        "an empty target; 400; GET  HTTP/1.1|Host: a||",
        "not HTTP at all; 400; \u0016\u0003\u0001\u0002 hello|there||",
        "no Host; 400; GET / HTTP/1.1||",
        "two Hosts; 400; GET / HTTP/1.1|Host: a|Host: a||",
        "a Host with a path; 400; GET / HTTP/1.1|Host: a/b||",
        "a Host with a user; 400; GET / HTTP/1.1|Host: u@a||",
        "a Host that is a list; 400; GET / HTTP/1.1|Host: a, b||",
        "HTTP/9.9; 505; GET / HTTP/9.9|Host: a||",
        "HTTP/2.0; 505; GET / HTTP/2.0|Host: a||",
        "HTTP/1.2; 505; GET / HTTP/1.2|Host: a||",
        "another protocol; 400; GET / ICAP/1.0|Host: a||",
        "a fragment in the target; 400; GET /a#b HTTP/1.1|Host: a||",
        "a target without a slash; 400; GET a HTTP/1.1|Host: a||",
        "a target of another scheme; 400; GET ftp://a/b HTTP/1.1|Host: a||",
        "a raw byte in the target; 400; GET /\u00e9 HTTP/1.1|Host: a||",
        "CONNECT; 400; CONNECT a:443 HTTP/1.1|Host: a||",
        "an asterisk for GET; 400; GET * HTTP/1.1|Host: a||",
        "a method with a bracket; 400; G(T / HTTP/1.1|Host: a||",
        "an old WebSocket handshake; 400;"
            + "GET / HTTP/1.1|Host: a|Sec-WebSocket-Key1: 1|Sec-WebSocket-Key2: 2||abcdefgh",
        "a chunk size of no digits; 400; POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||xyz|",
        "an empty chunk size; 400; POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|||",
        "a negative chunk size; 400; POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||-1|a|",
        "a chunk size past 31 bits; 400;"
            + "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||100000001|a|",
        "a chunk longer than its size; 400;"
            + "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||1|abc|0||",
        "a NUL in a trailer; 400; POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||0|X: a~b||",
      })
  void isRefusedAndTheConnectionCloses(String what, int status, String request) throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(wire(request));
      RawConnection.Answer answer = connection.answer();
      assertEquals(status, answer.status(), answer.text());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\nX",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x=\"\n\"\r\na\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n",
      })
  void aBareLineFeedOrCarriageReturnIsRefused(String request) throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(request);
      RawConnection.Answer answer = connection.answer();
      assertEquals(400, answer.status(), answer.text());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }

  @Test
  void nothingBehindARefusedRequestIsServed() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          wire(
              "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Content-Length: 4||"
                  + "0||GET /smuggled HTTP/1.1|Host: a||"));
      assertEquals(400, connection.answer().status());
      assertTrue(connection.isClosedByServer());
    }
  }

  @Test
  void aFoldedHeaderLineIsHarmless() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(wire("GET / HTTP/1.1|Host: a|X-Folded: one| two||"));
      assertEquals(200, connection.answer().status());
      connection.get("/");
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void aRequestLineOverTheLimitIs414() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET /" + "a".repeat(4096) + " HTTP/1.1\r\nHost: a\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(414, answer.status());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }

  @Test
  void aRequestLineWithinTheLimitIsServed() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.get("/" + "a".repeat(4000));
      assertEquals(200, connection.answer().status());
    }
  }

  @Test
  void headersOverTheLimitAre431() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(8192) + "\r\n\r\n");
      assertEquals(431, connection.answer().status());
      assertTrue(connection.isClosedByServer());
    }
    try (RawConnection connection = server.connect()) {
      connection.send("GET / HTTP/1.1\r\nHost: a\r\n" + "X: 1\r\n".repeat(200) + "\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(431, answer.status());
      assertTrue(answer.saysClose());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }

  @Test
  void headersWithinTheLimitAreServed() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(8000) + "\r\n\r\n");
      RawConnection.Answer answer = connection.answer();
      assertEquals(200, answer.status());
      assertFalse(answer.saysClose());
    }
  }

  @Test
  void anOversizeTrailerIsRefused() throws Exception {
    try (RawConnection connection = server.connect()) {
      connection.send(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
              + "a".repeat(9000)
              + "\r\n\r\n");
      assertEquals(431, connection.answer().status());
      assertTrue(connection.isClosedByServer());
    }
    server.assertWorks();
  }
}
