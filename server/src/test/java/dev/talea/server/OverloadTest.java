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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * More than fits: what is too much is told so at once, and when room returns everything is well.
 */
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
      // All places are back, and not one more: as many requests as places fit, again.
      assertEquals(200, daemon.get("/health").status());
    }
    String metrics = scrape();
    assertTrue(metrics.contains("\ntalea_shed_total 24.0\n"), metrics);
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
        int status = caller.read().status();
        while (status == 503) {
          // The place of the caller before is given back when its connection is seen to be gone.
          Thread.onSpinWait();
          status = again(caller);
        }
        assertEquals(100, status);
      }
    }
  }

  private static int again(RawHttp caller) throws Exception {
    caller.send("0123456789");
    caller.head(
        "POST /v1/assets HTTP/1.1",
        "Host: t",
        "Content-Type: application/json",
        "Content-Length: 10",
        "Expect: 100-continue");
    return caller.read().status();
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
