// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.Envelopes.assertInvalid;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.server.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What nobody should send. The answer is the contract's, and afterwards the connection goes on if
 * it can be trusted and closes if it cannot; the daemon is unharmed either way.
 */
class HostileRequestsTest {
  private static final int BODY_MAX = 2 * 1024 * 1024;

  private TestStore store;
  private TestDaemon daemon;
  private RawHttp http;

  @BeforeEach
  void start() {
    store = new TestStore();
    daemon = TestDaemon.over(store).withBook("b");
    http = daemon.connect();
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    assertEquals(200, daemon.get("/health").status(), "the daemon is unharmed");
    store.release();
    daemon.close();
  }

  private Answer post(byte[] body) throws IOException {
    http.head(
        "POST /v1/transactions HTTP/1.1",
        "Host: t",
        "Content-Type: application/json",
        "Content-Length: " + body.length);
    return http.send(body).read();
  }

  private Answer post(String body) throws IOException {
    return post(body.getBytes(StandardCharsets.UTF_8));
  }

  /** A refusal of the body's content costs the caller nothing but the answer. */
  private void assertRefusedAndGoesOn(String body) throws IOException {
    assertInvalid("body", post(body));
    assertEquals(200, post(draft("b", "the same", "1")).status(), "the connection goes on");
  }

  @Test
  void bodiesThatAreNotWhatTheySeemAreRefused() throws IOException {
    String good = draft("b", "k", "5");
    for (String body :
        new String[] {
          "",
          " ",
          "{",
          "[]",
          "null",
          "nonsense",
          good + "x",
          good + good,
          good.replace(":5,", ":1.0,"),
          good.replace(":5,", ":1e3,"),
          good.replace(":5,", ":1E3,"),
          good.replace(":5,", ":05,"),
          good.replace(":5,", ":+5,"),
          good.replace(":5,", ":NaN,"),
          good.replace(":5,", ":true,"),
          good.replace(":5,", ":\"5.0\","),
          good.replace(":5,", ":\" 5\","),
          good.replace(":5,", ":null,"),
          good.replace(":5,", ":" + "9".repeat(60) + ","),
          good.replace("\"book\":\"b\"", "\"book\":\"b\",\"book\":\"b\""),
          good.replace("\"book\":\"b\"", "\"book\":7"),
          good.replace("\"book\":\"b\"", "\"buch\":\"b\""),
          good.replace("\"debit\"", "\"DEBIT\""),
          good.replace("}]}", "}],\"external_refs\":null}"),
          good.replace("}]}", "}],\"metadata\":{\"a\":1,\"a\":2}}"),
          good.replace("}]}", "}],\"occurred_at\":\"yesterday\"}"),
          good.replace("}]}", "}],\"metadata\":" + "[".repeat(100) + "]".repeat(100) + "}"),
          "[".repeat(100_000),
          "{\"a\":".repeat(50_000),
        }) {
      assertRefusedAndGoesOn(body);
    }
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() throws IOException {
    for (String bytes :
        new String[] {"\u00ff", "\u00c0\u00af", "\u00ed\u00a0\u0080", "\u00e2\u0082"}) {
      String body = draft("b", "k" + bytes, "5");
      assertInvalid("body", post(body.getBytes(StandardCharsets.ISO_8859_1)));
    }
    assertInvalid("body", post(draft("b", "k", "5").getBytes(StandardCharsets.UTF_16LE)));
    assertEquals(200, post(draft("b", "k", "1")).status(), "the connection goes on");
  }

  @Test
  void aBodyOfTwoMebibytesIsReadAndOneByteMoreIsNot() throws IOException {
    String padded = draft("b", "k", "5");
    padded += " ".repeat(BODY_MAX - padded.length());
    assertEquals(200, post(padded).status());
    // Refused by what it announces, before any of it is read.
    http.head(
        "POST /v1/transactions HTTP/1.1",
        "Host: t",
        "Content-Type: application/json",
        "Content-Length: " + (BODY_MAX + 1));
    assertInvalid("body", http.read());
    assertTrue(http.isClosedByPeer());
  }

  @Test
  void aChunkedBodyIsReadUpToTheSameLimit() throws IOException {
    String[] head = {
      "POST /v1/transactions HTTP/1.1",
      "Host: t",
      "Content-Type: application/json",
      "Transfer-Encoding: chunked"
    };
    String body = draft("b", "k", "5");
    http.head(head);
    for (int i = 0; i < body.length(); i += 7) {
      String piece = body.substring(i, Math.min(i + 7, body.length()));
      http.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
    }
    http.send("0\r\n\r\n");
    assertEquals(200, http.read().status());

    http.head(head);
    String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
    for (int i = 0; i < BODY_MAX / 0x10000; i++) {
      http.send(chunk);
    }
    http.send("1\r\n \r\n");
    assertInvalid("body", http.read());
    assertTrue(http.isClosedByPeer());
  }

  @Test
  void ambiguousFramingIsRefusedAndTheConnectionClosed() throws IOException {
    for (String framing :
        new String[] {
          "Content-Length: 2\r\nTransfer-Encoding: chunked",
          "Content-Length: 2\r\nContent-Length: 3",
          "Content-Length: +2",
          "Content-Length: -2",
          "Content-Length: 2x",
          "Transfer-Encoding: chunked, identity",
          "Transfer-Encoding: gzip",
          "Content-Length : 2",
        }) {
      try (RawHttp one = daemon.connect()) {
        one.head("POST /v1/assets HTTP/1.1", "Host: t", "Content-Type: application/json", framing);
        one.send("{}GET /health HTTP/1.1\r\nHost: t\r\n\r\n");
        Answer answer = one.read();
        assertEquals(400, answer.status(), framing);
        assertInvalid("request", answer);
        assertTrue(one.isClosedByPeer(), framing + ": what follows is never taken for a request");
      }
    }
    for (String chunks :
        new String[] {"2\n{}\n0\n\n", "-2\r\n{}\r\n", "2;a=\"\r\n{}\r\n", "G\r\n"}) {
      try (RawHttp one = daemon.connect()) {
        one.head(
            "POST /v1/assets HTTP/1.1",
            "Host: t",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked");
        one.send(chunks);
        assertEquals(400, one.read().status(), chunks);
        assertTrue(one.isClosedByPeer(), chunks);
      }
    }
  }

  @Test
  void requestsThatAreNotHttpGetAnEnvelopeToo() throws IOException {
    assertBroken(400, "GET /health HTTP/1.1");
    assertBroken(400, "GET /health HTTP/1.1", "Host: a", "Host: b");
    assertBroken(505, "GET /health HTTP/9.9", "Host: t");
    assertBroken(414, "GET /" + "a".repeat(5000) + " HTTP/1.1", "Host: t");
    assertBroken(431, "GET /health HTTP/1.1", "Host: t", "X: " + "a".repeat(9000));
    try (RawHttp one = daemon.connect()) {
      one.head("GET /health HTTP/1.1", "Host: t", "Expect: 200-ok");
      assertInvalid(417, "request", one.read());
    }
  }

  private void assertBroken(int status, String... lines) throws IOException {
    try (RawHttp one = daemon.connect()) {
      one.head(lines);
      assertInvalid(status, "request", one.read());
      assertTrue(one.isClosedByPeer());
    }
  }

  @Test
  void expectContinueIsAnsweredBeforeTheBodyAndARefusalInItsPlace() throws IOException {
    String body = draft("b", "k", "5");
    http.head(
        "POST /v1/transactions HTTP/1.1",
        "Host: t",
        "Content-Type: application/json",
        "Content-Length: " + body.length(),
        "Expect: 100-continue");
    assertEquals(100, http.read().status());
    assertEquals(200, http.send(body).read().status());
    try (TestDaemon guarded = TestDaemon.over(new TestStore(), "TALEA_API_TOKEN", "x");
        RawHttp stranger = guarded.connect()) {
      stranger.head(
          "POST /v1/transactions HTTP/1.1",
          "Host: t",
          "Content-Type: application/json",
          "Content-Length: " + body.length(),
          "Expect: 100-continue");
      assertEquals(401, stranger.read().status());
    }
  }

  @Test
  void aBodyThatTricklesIn408sAtTheDeadlineHoweverLivelyItIs() throws Exception {
    Settings.Timing hurried =
        new Settings.Timing(Duration.ofMillis(400), Duration.ofSeconds(15), Duration.ofSeconds(5));
    try (TestDaemon quick = TestDaemon.over(new TestStore(), hurried);
        RawHttp slow = quick.connect()) {
      slow.head(
          "POST /v1/assets HTTP/1.1",
          "Host: t",
          "Content-Type: application/json",
          "Content-Length: 1000000");
      // A byte whenever the socket takes one: no gap ever lasts as long as the deadline.
      Thread trickle =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 1000; i++) {
                    slow.send(" ");
                    Thread.sleep(5);
                  }
                } catch (IOException | InterruptedException e) {
                  // The answer came and the connection is gone.
                }
              });
      trickle.setDaemon(true);
      trickle.start();
      assertError(408, "{\"error\":\"timeout\"}", slow.read());
      assertEquals(200, quick.get("/health").status());
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    store.hold();
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      requests.append(
          new String(
              RawHttp.bytes("POST", "/v1/transactions", draft("b", "k" + i, "1")),
              StandardCharsets.UTF_8));
      requests.append(
          new String(RawHttp.bytes("GET", "/nothing/" + i, null), StandardCharsets.UTF_8));
    }
    http.send(requests.toString());
    store.awaitHeld(30);
    store.release();
    for (int i = 0; i < 30; i++) {
      Answer posted = http.read();
      assertEquals(200, posted.status(), posted::toString);
      assertError(
          404, "{\"error\":\"not_found\",\"what\":\"path /nothing/" + i + "\"}", http.read());
    }
  }

  @Test
  void optionsOfTheServerAreTold() throws IOException {
    try (RawHttp http = daemon.connect()) {
      Answer answer = http.head("OPTIONS * HTTP/1.1", "Host: t").read();
      assertEquals(204, answer.status());
      assertEquals("GET, HEAD, OPTIONS, POST", answer.header("Allow"));
      assertTrue(answer.header("X-Request-Id") != null, answer::toString);
    }
  }

  @Test
  void theHeadOfAStreamNamesNoLengthAndKeepsTheConnection() throws IOException {
    try (RawHttp http = daemon.connect()) {
      for (int i = 0; i < 2; i++) {
        Answer head = http.request("HEAD", "/v1/books/b/events", null).read(false);
        assertEquals(200, head.status());
        assertEquals("text/event-stream", head.header("Content-Type"));
        assertEquals(null, head.header("Content-Length"));
      }
    }
  }

  @Test
  void aHeadRequestIsAnsweredLikeAGetWithoutTheBody() throws IOException {
    for (String target :
        new String[] {
          "/health",
          "/docs",
          "/openapi.json",
          "/v1/assets",
          "/v1/books/b/trial-balance",
          "/v1/books/b/events",
          "/v1/books/b/accounts/nobody/balance"
        }) {
      Answer get =
          target.endsWith("/events")
              ? new Answer(200, List.of("Content-Type: text/event-stream"), "")
              : daemon.get(target);
      Answer head = http.request("HEAD", target, null).read(false);
      assertEquals(get.status(), head.status(), target);
      assertEquals(get.header("Content-Type"), head.header("Content-Type"), target);
      if (!target.endsWith("/events")) {
        assertEquals(get.header("Content-Length"), head.header("Content-Length"), target);
      }
    }
    Answer wrong = http.request("HEAD", "/v1/transactions", null).read(false);
    assertEquals(405, wrong.status());
    assertEquals("POST", wrong.header("Allow"));
    assertEquals(200, http.request("GET", "/health", null).read().status());
  }

  @Test
  void pathsAreTakenApartBeforeTheyAreDecoded() {
    for (String path : new String[] {"a%2Fb", "a:b", "%2E%2E", "%25", "%D1%81", "a%20b", "+"}) {
      String name = path;
      Answer answer = daemon.get("/v1/books/b/accounts/" + name + "/balance");
      assertEquals(404, answer.status(), path);
      assertTrue(answer.body().contains("unknown_account"), answer::toString);
    }
    for (String path : new String[] {"%", "%2", "%zz", "%ff", "%C0%AF", "%ED%A0%80"}) {
      assertInvalid("path", daemon.get("/v1/books/b/accounts/" + path + "/balance"));
    }
    assertEquals(404, daemon.get("/v1/books/b/accounts//balance").status());
    assertEquals(404, daemon.get("/v1/books/b/accounts/a/b/balance").status());
  }

  @Test
  void queriesAreStrictAboutWhatTheyKnowAndDeafToWhatTheyDoNot() {
    String balance = "/v1/books/b/accounts/cash/balance";
    String history = "/v1/books/b/accounts/cash/history";
    for (String target :
        new String[] {
          balance + "?as_of=",
          balance + "?as_of=yesterday",
          balance + "?as_of=2026-01-01",
          balance + "?as_of=2026-13-01T00:00:00Z",
          balance + "?as_of=2026-01-01T00:00:00Z&as_of=2026-01-01T00:00:00Z",
          balance + "?as_of=%zz",
          history + "?limit=",
          history + "?limit=-1",
          history + "?limit=1.0",
          history + "?limit=ten",
          history + "?after_seq=+1", // a space and a digit
          history + "?after_seq=9223372036854775808",
          history + "?after_seq=1.0",
          "/v1/books/b/trial-balance?as_of=x",
          "/v1/books/b/events?from=x",
          "/v1/books/b/events?from=99999999999999999999",
        }) {
      assertInvalid("query", daemon.get(target));
    }
    assertInvalid("query", daemon.post("/v1/transactions/batch?atomic=perhaps", "[]"));
    for (String target :
        new String[] {
          balance + "?color=red&color=blue",
          balance + "?as_of=2026-01-01T00:00:00Z",
          balance + "?as_of=2026-01-01T00:00:00%2B02:00",
          history + "?limit=0",
          history + "?limit=99999999999999999999&after_seq=9223372036854775807",
          history + "?after_seq=-1",
          history + "?after_seq=%2B1",
          balance + "?as_of=2026-01-01T00:00:00.123456789123Z",
          balance + "?as_of=2026-06-30T23:59:60Z",
          history + "?",
          "/health?as_of=%zz",
        }) {
      assertEquals(200, daemon.get(target).status(), target);
    }
  }
}
