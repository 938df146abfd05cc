// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.LedgerError.Overloaded;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the daemon counts, read off its metrics listener. */
@Timeout(60)
class MetricsTest {
  private String lastMissing = "nothing";
  private TestStore store;
  private TestDaemon daemon;

  @BeforeEach
  void start() {
    store = new TestStore();
    daemon = TestDaemon.over(store, "TALEA_METRICS_BIND", "127.0.0.1:0").withBook("b");
  }

  @AfterEach
  void stop() {
    assertEquals("nothing", lastMissing, "this line never came");
    store.release();
    daemon.close();
  }

  private Answer scrape(String method, String target) throws IOException {
    return scrape(daemon, method, target);
  }

  private static Answer scrape(TestDaemon daemon, String method, String target) throws IOException {
    try (RawHttp http = new RawHttp(Objects.requireNonNull(daemon.daemon().metricsAddress()))) {
      return http.request(method, target, null).read(!method.equals("HEAD"));
    }
  }

  /**
   * A request is counted when its answer has left, and whoever has the answer may be here first; so
   * this looks until everything is there, and the class's timeout is what fails it.
   */
  private void assertScraped(String... lines) throws IOException {
    for (String line : lines) {
      while (!("\n" + scrape("GET", "/metrics").body()).contains("\n" + line + "\n")) {
        lastMissing = line;
      }
    }
    lastMissing = "nothing";
  }

  @Test
  void theListenerHasOneRouteAndTheMainOneHasNot() throws IOException {
    Answer metrics = scrape("GET", "/metrics");
    assertEquals(200, metrics.status());
    assertTrue(("" + metrics.header("Content-Type")).startsWith("text/plain"), metrics::toString);
    assertEquals(200, scrape("HEAD", "/metrics").status());
    assertTrue(metrics.header("X-Request-Id") != null, metrics::toString);
    Envelopes.assertError(
        404, "{\"error\":\"not_found\",\"what\":\"path /health\"}", scrape("GET", "/health"));
    Answer wrong = scrape("POST", "/metrics");
    Envelopes.assertError(405, "{\"error\":\"method_not_allowed\"}", wrong);
    assertEquals("GET, HEAD", wrong.header("Allow"));
    assertEquals(404, daemon.get("/metrics").status());
  }

  @Test
  void requestsAreCountedByTemplateAndNeverByWhatTheCallerSent() throws IOException {
    daemon.get("/v1/books/b/accounts/cash/balance");
    daemon.get("/v1/books/b/accounts/my-secret-name/balance");
    daemon.get("/my-secret-path");
    daemon.ask("MYSECRET", "/health", null);
    assertScraped(
        "talea_http_requests_total{method=\"GET\","
            + "route=\"/v1/books/{book}/accounts/{path}/balance\",status=\"200\"} 1.0",
        "talea_http_requests_total{method=\"GET\","
            + "route=\"/v1/books/{book}/accounts/{path}/balance\",status=\"404\"} 1.0",
        "talea_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1.0",
        "talea_http_requests_total{method=\"other\",route=\"/health\",status=\"405\"} 1.0",
        "talea_http_requests_total{method=\"POST\",route=\"/v1/assets\",status=\"204\"} 1.0",
        "talea_http_request_duration_seconds_count{method=\"POST\",route=\"/v1/accounts\"} 2");
    String text = scrape("GET", "/metrics").body();
    assertFalse(text.contains("secret"), text);
    assertFalse(text.contains("cash"), text);
    for (String bucket :
        new String[] {
          "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5",
          "5.0", "10.0", "+Inf"
        }) {
      assertTrue(
          text.contains(
              "talea_http_request_duration_seconds_bucket{method=\"POST\",route=\"/v1/accounts\","
                  + "le=\""
                  + bucket
                  + "\"} "),
          bucket);
    }
  }

  @Test
  void commitsAreCountedByWhatBecameOfThem() throws Exception {
    assertScraped(
        "talea_commits_total{result=\"committed\"} 0.0",
        "talea_commits_total{result=\"overloaded\"} 0.0");
    daemon.post("/v1/transactions", draft("b", "k", "1"));
    daemon.post("/v1/transactions", draft("b", "k", "1"));
    daemon.post("/v1/transactions", draft("b", "k", "2"));
    daemon.post(
        "/v1/transactions/batch", "[" + draft("b", "l", "1") + "," + draft("b", "m", "1") + "]");
    store.refuseCommits(new Overloaded(Overloaded.Limit.WRITE_QUEUE));
    daemon.post("/v1/transactions", draft("b", "n", "1"));
    store.refuseCommits(null);
    assertScraped(
        "talea_commits_total{result=\"committed\"} 3.0",
        "talea_commits_total{result=\"deduplicated\"} 1.0",
        "talea_commits_total{result=\"rejected\"} 1.0",
        "talea_commits_total{result=\"overloaded\"} 1.0",
        "talea_commit_duration_seconds_count 5",
        "talea_write_active_books 0.0",
        "talea_write_queue_depth 0.0",
        "talea_shed_total 0.0",
        "talea_db_pool_connections{state=\"idle\"} 0.0",
        "talea_db_pool_connections{state=\"size\"} 0.0");
    store.hold();
    CompletableFuture<Answer> held =
        CompletableFuture.supplyAsync(() -> daemon.post("/v1/transactions", draft("b", "o", "1")));
    store.awaitHeld(1);
    assertScraped("talea_write_active_books 1.0", "talea_write_queue_depth 1.0");
    store.release();
    assertEquals(200, held.join().status());
    assertScraped("talea_write_active_books 0.0", "talea_write_queue_depth 0.0");
  }

  @Test
  void syncsOfTheLogAreCountedWithTheirBytesAndTheirRecords(@TempDir Path directory)
      throws IOException {
    try (TestDaemon onLog =
        TestDaemon.onLog(directory, "TALEA_METRICS_BIND", "127.0.0.1:0").withBook("b")) {
      String batch =
          String.join(",", draft("b", "k", "1"), draft("b", "l", "1"), draft("b", "m", "1"));
      assertEquals(200, onLog.post("/v1/transactions/batch", "[" + batch + "]").status());
      String text = scrape(onLog, "GET", "/metrics").body();
      // One for the asset, one for each of the accounts, and one for the three transactions.
      assertTrue(text.contains("\ntalea_write_batch_size_count 4\n"), text);
      assertTrue(text.contains("\ntalea_write_batch_size_sum 6.0\n"), text);
      assertTrue(text.contains("\ntalea_write_batch_size_bucket{le=\"2.0\"} 3\n"), text);
      assertTrue(text.contains("\ntalea_write_batch_size_bucket{le=\"4.0\"} 4\n"), text);
      assertTrue(text.contains("\ntalea_fsync_duration_seconds_count 4\n"), text);
      assertTrue(text.contains("\ntalea_fsync_duration_seconds_bucket{le=\"1.0E-4\"} "), text);
      String bytes = text.substring(text.indexOf("\ntalea_log_bytes_total ") + 23);
      assertTrue(Double.parseDouble(bytes.substring(0, bytes.indexOf('\n'))) > 500, text);
    }
  }

  @Test
  void openStreamsAreCountedWhileTheyAreOpen() throws IOException {
    try (SseReader stream = new SseReader(daemon, "/v1/books/b/events")) {
      stream.event();
      assertScraped("talea_sse_subscribers 1.0");
    }
    assertScraped("talea_sse_subscribers 0.0");
  }

  @Test
  void theVirtualMachineAndTheProcessAreThereToo() throws IOException {
    String text = scrape("GET", "/metrics").body();
    assertTrue(text.contains("jvm_memory_used_bytes"), text);
    assertTrue(text.contains("process_cpu_seconds_total"), text);
  }
}
