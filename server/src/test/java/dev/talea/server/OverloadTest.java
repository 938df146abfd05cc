// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError.Overloaded;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * More than fits: what is too much is told so at once, and when room returns everything is well.
 */
@Tag("slow")
@Timeout(120)
class OverloadTest {
  private static final int PLACES = 8;

  private TestStore store;
  private TestDaemon daemon;
  private final ExecutorService callers = Executors.newCachedThreadPool();

  @BeforeEach
  void start() {
    store = new TestStore();
    daemon =
        TestDaemon.over(
                store,
                "TALEA_MAX_INFLIGHT",
                Integer.toString(PLACES),
                "TALEA_METRICS_BIND",
                "127.0.0.1:0")
            .withBook("b");
  }

  @AfterEach
  void stop() {
    store.release();
    daemon.close();
    callers.shutdownNow();
  }

  @Test
  void thePlacesAreCountedOverAllRoutesTogetherAndComeBackExactly() throws Exception {
    for (int round = 0; round < 3; round++) {
      store.hold();
      List<CompletableFuture<Answer>> inFlight = new ArrayList<>();
      for (int i = 0; i < PLACES; i++) {
        String draft = draft("b", "round " + round + " " + i, "1");
        inFlight.add(
            CompletableFuture.supplyAsync(() -> daemon.post("/v1/transactions", draft), callers));
      }
      store.awaitHeld(PLACES);
      for (String target :
          new String[] {
            "/health",
            "/readyz",
            "/docs",
            "/openapi.json",
            "/nothing",
            "/v1/books/b/trial-balance",
            "/v1/books/b/events"
          }) {
        assertError(503, "{\"error\":\"overloaded\"}", "1", daemon.get(target));
      }
      assertError(
          503, "{\"error\":\"overloaded\"}", "1", daemon.post("/v1/transactions", "nonsense"));
      assertEquals(200, daemon.get("/livez").status(), "the process answers all the same");
      store.release();
      for (CompletableFuture<Answer> answer : inFlight) {
        assertEquals(200, answer.join().status());
      }
      awaitAllPlaces();
    }
    assertTrue(
        Pattern.compile("(?m)^talea_shed_total (2[4-9]|[3-9]\\d|\\d{3,})")
            .matcher(scrape())
            .find());
  }

  @Test
  void howeverARequestEndsItsPlaceComesBack() throws Exception {
    String[][] endings = {
      {"POST /v1/assets HTTP/1.1", "Content-Length: 3000000"},
      {"POST /v1/assets HTTP/1.1", "Content-Length: 2"},
      {"POST /v1/assets HTTP/1.1", "Content-Length: 2", "Content-Type: application/json"},
      {"POST /v1/assets HTTP/1.1", "Transfer-Encoding: chunked"},
      {"GET /nothing HTTP/1.1", "Content-Length: 2"},
      {"PUT /v1/assets HTTP/1.1", "Content-Length: 2"},
      {"HEAD /health HTTP/1.1"},
      {"GET /v1/books/%zz/trial-balance HTTP/1.1"},
      {"GET /v1/books/b/trial-balance?as_of=x HTTP/1.1"},
      {"GET /health HTTP/1.1", "Expect: nothing"},
      {"GET /health HTTP/1.1", "Connection: close"},
      {"GET /v1/books/b/events HTTP/1.1"},
    };
    for (int round = 0; round < 2 * PLACES; round++) {
      for (String[] ending : endings) {
        List<String> lines = new ArrayList<>(List.of(ending));
        lines.add("Host: t");
        try (RawHttp http = daemon.connect()) {
          http.head(lines.toArray(String[]::new));
          http.send("zz\r\nGET /health HTTP/1.1\r\nHost: t\r\n\r\n");
          http.read(false);
        }
      }
    }
    awaitAllPlaces();
  }

  /** All places are free: as many requests as there are places are let in at the same time. */
  private void awaitAllPlaces() throws Exception {
    boolean all = false;
    for (int attempt = 0; !all; attempt++) {
      store.hold();
      List<CompletableFuture<Answer>> occupants = new ArrayList<>();
      for (int i = 0; i < PLACES; i++) {
        String draft = draft("b", "places " + attempt + " " + UUID.randomUUID() + " " + i, "1");
        occupants.add(
            CompletableFuture.supplyAsync(() -> daemon.post("/v1/transactions", draft), callers));
      }
      // A place of a request that went without an answer comes back when that is noticed.
      while (store.waiting() + occupants.stream().filter(CompletableFuture::isDone).count()
          < PLACES) {
        Thread.onSpinWait();
      }
      store.release();
      int served = 0;
      for (CompletableFuture<Answer> occupant : occupants) {
        served += occupant.join().status() == 200 ? 1 : 0;
      }
      // So that the next wait for held commits does not count these.
      store.awaitHeld(served);
      all = served == PLACES;
    }
  }

  @Test
  void requestsThatAreNotCompleteHoldNoPlace() throws Exception {
    List<RawHttp> slow = new ArrayList<>();
    try {
      for (int i = 0; i < PLACES; i++) {
        RawHttp health = daemon.connect();
        slow.add(health);
        health.head("GET /health HTTP/1.1", "Host: t", "Content-Length: 1");
        RawHttp post = daemon.connect();
        slow.add(post);
        post.head(
            "POST /v1/transactions HTTP/1.1",
            "Host: t",
            "Content-Type: application/json",
            "Content-Length: 100");
        post.send("{");
        RawHttp head = daemon.connect();
        slow.add(head);
        head.send("GET /health HTT");
      }
      awaitAllPlaces();
      for (RawHttp each : slow) {
        // They were taken up all the same: the end is missing, not the server.
        assertEquals(200, daemon.get("/health").status());
        each.close();
      }
    } finally {
      for (RawHttp each : slow) {
        each.close();
      }
    }
  }

  @Test
  void anAnswerThatIsNotReadHoldsNoPlace() throws Exception {
    List<RawHttp> unread = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * PLACES; i++) {
        RawHttp docs = daemon.connect();
        unread.add(docs);
        for (int j = 0; j < 8; j++) {
          docs.head("GET /docs HTTP/1.1", "Host: t");
        }
      }
      awaitAllPlaces();
    } finally {
      for (RawHttp each : unread) {
        each.close();
      }
    }
  }

  @Test
  void theBodyOfAGetIsThrownAwayAndALongOneIsRefused() throws Exception {
    try (RawHttp http = daemon.connect()) {
      http.head("GET /health HTTP/1.1", "Host: t", "Content-Length: 60000");
      http.send("x".repeat(60000));
      assertEquals(200, http.read().status());
      http.head("GET /health HTTP/1.1", "Host: t", "Content-Length: 70000");
      Envelopes.assertInvalid("body", http.read());
    }
  }

  @Test
  void aLongBodyIsDecidedBeforeTheRequestsBehindIt() throws Exception {
    StringBuilder batch = new StringBuilder("[").append(draft("b", "long", "1"));
    batch.append(" ".repeat(200_000)).append(']');
    try (RawHttp http = daemon.connect()) {
      http.head(
          "POST /v1/transactions/batch HTTP/1.1",
          "Host: t",
          "Content-Type: application/json",
          "Content-Length: " + batch.length());
      http.send(batch + request("/v1/transactions", draft("b", "long", "1")));
      assertTrue(http.read().body().contains("\"deduplicated\":false"));
      assertTrue(http.read().body().contains("\"deduplicated\":true"));
    }
  }

  private static String request(String target, String body) {
    return "POST "
        + target
        + " HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private String scrape() throws Exception {
    try (RawHttp http = new RawHttp(Objects.requireNonNull(daemon.daemon().metricsAddress()))) {
      return http.request("GET", "/metrics", null).read().body();
    }
  }

  @Test
  void anOpenEventStreamHoldsNoPlace() throws Exception {
    List<RawHttp> streams = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * PLACES; i++) {
        RawHttp stream = daemon.connect();
        streams.add(stream);
        assertEquals(200, stream.request("GET", "/v1/books/b/events", null).read().status());
      }
      assertEquals(200, daemon.get("/health").status());
    } finally {
      for (RawHttp stream : streams) {
        stream.close();
      }
    }
  }

  @Test
  void aCallerWhoGoesAwayGivesItsPlaceBack() throws Exception {
    for (int i = 0; i < 3 * PLACES; i++) {
      try (RawHttp caller = daemon.connect()) {
        caller.head(
            "POST /v1/assets HTTP/1.1",
            "Host: t",
            "Content-Type: application/json",
            "Content-Length: 10",
            "Expect: 100-continue");
        caller.read();
      }
    }
    awaitAllPlaces();
  }

  @Test
  void aFullWriteQueueRefusesTheBookAndNothingElse() {
    store.refuseCommits(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    assertError(
        429,
        "{\"error\":\"overloaded\"}",
        "1",
        daemon.post("/v1/transactions", draft("b", "k", "1")));
    Answer batch = daemon.post("/v1/transactions/batch", "[" + draft("b", "k", "1") + "]");
    assertEquals(200, batch.status());
    assertEquals("[{\"error\":\"overloaded\"}]", batch.body());
    assertError(
        429,
        "{\"error\":\"overloaded\"}",
        "1",
        daemon.post("/v1/transactions/batch?atomic=true", "[" + draft("b", "k", "1") + "]"));
    assertEquals(200, daemon.get("/v1/books/b/trial-balance").status());
    store.refuseCommits(null);
    Answer posted = daemon.post("/v1/transactions", draft("b", "k", "1"));
    assertEquals(200, posted.status());
    assertTrue(posted.body().contains("\"seq\":3"), "a refusal takes no seq: " + posted.body());
  }
}
