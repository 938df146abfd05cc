package dev.talea.server;

import static dev.talea.server.Envelopes.assertError;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError.Overloaded;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * More than fits: what is too much is told so at once, and when room returns everything is well.
 */
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
    while (!all) {
      List<RawHttp> occupants = new ArrayList<>();
      all = true;
      for (int i = 0; i < PLACES && all; i++) {
        RawHttp occupant = daemon.connect();
        occupants.add(occupant);
        occupant.head(
            "POST /v1/assets HTTP/1.1",
            "Host: t",
            "Content-Type: application/json",
            "Content-Length: 2",
            "Expect: 100-continue");
        // A place is given back when the answer has left, which may be after it has arrived.
        all = occupant.read().status() == 100;
      }
      for (RawHttp occupant : occupants) {
        if (all) {
          assertEquals(400, occupant.send("{}").read().status());
        }
        occupant.close();
      }
    }
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
