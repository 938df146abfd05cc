// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.await;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.client.RetryPolicy;
import dev.talea.client.TaleaClient;
import dev.talea.jdbc.TestPostgres;
import dev.talea.projections.LedgerSource;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import dev.talea.server.settings.WorkerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that runs projections and nothing else, beside a server. */
@Timeout(120)
@Tag("slow")
class WorkerTest {
  @TempDir private Path directory;

  /** A worker, with a client for its source if it has one. */
  private record TestWorker(Worker worker, @Nullable TaleaClient client) implements AutoCloseable {
    static TestWorker with(String... settings) {
      Map<String, String> environment = new HashMap<>();
      environment.put("TALEA_WORKER_BIND", "127.0.0.1:0");
      environment.put("TALEA_METRICS_BIND", "127.0.0.1:0");
      for (int i = 0; i < settings.length; i += 2) {
        environment.put(settings[i], settings[i + 1]);
      }
      Settings read = Settings.ofWorker(environment, Map.of()).with(TestDaemon.TIMING);
      WorkerSource source = read.source();
      if (source == null) {
        return new TestWorker(Worker.start(read, null), null);
      }
      TaleaClient.Builder builder =
          TaleaClient.builder(source.url())
              .retries(RetryPolicy.NONE)
              .timeout(Duration.ofSeconds(5));
      String token = source.token();
      TaleaClient client = (token == null ? builder : builder.token(token)).build();
      return new TestWorker(
          Worker.start(read, new LedgerSource(client, Duration.ofMillis(100))), client);
    }

    Answer ask(String method, String target, String... headers) {
      return answer(worker.address(), method, target, headers);
    }

    Answer get(String target, String... headers) {
      return ask("GET", target, headers);
    }

    String metrics() {
      return answer(Objects.requireNonNull(worker.metricsAddress()), "GET", "/metrics").body();
    }

    private static Answer answer(
        InetSocketAddress where, String method, String target, String... headers) {
      try (RawHttp http = new RawHttp(where)) {
        String body = method.equals("POST") ? "" : null;
        return http.request(method, target, body, headers).read();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      assertTrue(worker.stop(), "a clean stop");
      if (client != null) {
        client.close();
      }
    }
  }

  private static void awaitAll(TestWorker worker, String state, int lag, String... headers) {
    await(
        () -> worker.get("/v1/projections", headers).toString(),
        () -> {
          Answer answer = worker.get("/v1/projections", headers);
          return answer.status() == 200
              && JsonTree.object(answer.body()).get("items") instanceof Collection<?> items
              && items.size() == 3
              && items.stream()
                  .map(JsonTree::object)
                  .allMatch(
                      item ->
                          state.equals(item.get("state"))
                              && ("" + item.get("lag_events")).equals("" + lag));
        });
  }

  private static void assertRight(TestWorker worker, String... headers) {
    String webhooks = worker.get("/v1/webhooks", headers).body();
    assertTrue(webhooks.contains("\"items\":[]"), webhooks);
    for (String name : new String[] {"postings", "daily-balances", "prefix-totals"}) {
      String one = "/v1/projections/" + name;
      assertEquals(202, worker.ask("POST", one + "/verify", headers).status());
      await(
          () -> worker.get(one, headers).toString(),
          () -> worker.get(one, headers).body().contains("\"verify\":\"right\""));
    }
  }

  private static void post(TestDaemon daemon, int from, int to, String... headers) {
    for (int i = from; i < to; i++) {
      assertEquals(
          200, daemon.post("/v1/transactions", draft("b", "k" + i, "5"), headers).status());
    }
  }

  private static long number(String jdbcUrl, String from) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + from)) {
      assertTrue(row.next());
      return row.getLong(1);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void assertRefused(String words, String... settings) {
    StartException refusal =
        assertThrows(StartException.class, () -> TestWorker.with(settings).close());
    assertTrue(("" + refusal.getMessage()).contains(words), refusal::getMessage);
  }

  @Test
  void itFollowsALogStoreOverHttpThroughRestartsOfTheServer() throws Exception {
    String address = "127.0.0.1:" + freePort();
    String token = "0123456789abcdef0123456789abcdef";
    String bearer = "Authorization: Bearer " + token;
    String log = "log://" + directory.resolve("ledger");
    String[] server = {"TALEA_BIND", address, "TALEA_API_TOKEN", token};
    Path file = directory.resolve("tables.db");
    // It is there first, and waits.
    try (TestWorker worker =
        TestWorker.with(
            "TALEA_URL",
            "http://" + address,
            "TALEA_TOKEN",
            token,
            "TALEA_API_TOKEN",
            token,
            "TALEA_PROJECTION_DB_URL",
            "sqlite://" + file)) {
      await(
          () -> worker.get("/readyz").toString(),
          () -> worker.get("/readyz").body().contains("the ledger at http://" + address));
      assertEquals(503, worker.get("/readyz").status());
      assertEquals(200, worker.get("/livez").status());
      assertTrue(worker.metrics().contains("\ntalea_projection_source_reached 0.0\n"));
      assertEquals(401, worker.get("/v1/projections").status());
      assertEquals(404, worker.get("/v1/books", bearer).status());
      for (int life = 0; life < 3; life++) {
        try (TestDaemon daemon = TestDaemon.at(log, server).withBook("b", bearer)) {
          post(daemon, 10 * life, 10 * life + 10, bearer);
          await(
              () -> worker.get("/v1/projections", bearer).toString(),
              () -> rowsAre(file, 2 * transactions(daemon, bearer)));
          awaitAll(worker, "live", 0, bearer);
          await(() -> "" + worker.get("/readyz"), () -> worker.get("/readyz").status() == 200);
          // While it follows.
          post(daemon, 10 * life + 5, 10 * life + 10, bearer);
        }
        await(() -> "" + worker.get("/readyz"), () -> worker.get("/readyz").status() == 503);
      }
      try (TestDaemon daemon = TestDaemon.at(log, server)) {
        assertEquals(200, daemon.get("/readyz").status());
        await(() -> "" + worker.get("/readyz"), () -> worker.get("/readyz").status() == 200);
        assertRight(worker, bearer);
        assertTrue(worker.metrics().contains("\ntalea_projection_source_reached 1.0\n"));
        assertTrue(worker.metrics().contains("talea_projections_reached 1.0"));
      }
    }
    assertEquals(60, number("jdbc:sqlite:" + file, "postings"));
  }

  /** Transactions in the book, as the server says. */
  private static long transactions(TestDaemon daemon, String bearer) {
    Answer book = daemon.get("/v1/books/b", bearer);
    return Long.parseLong("" + JsonTree.object(book.body()).get("last_seq")) - 2;
  }

  private static boolean rowsAre(Path file, long due) {
    try {
      return number("jdbc:sqlite:" + file, "postings") == due;
    } catch (SQLException e) {
      return false;
    }
  }

  @Test
  void itReadsADatabaseBesideAServerThatRunsNone() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    String[] api = {"TALEA_PROJECTIONS", "all", "MAX_PROJECTION_RUNNERS", "0"};
    try (TestDaemon daemon = TestDaemon.at(url, api).withBook("b")) {
      post(daemon, 0, 20);
      assertEquals(
          0,
          number(
              jdbc(url),
              "pg_stat_activity WHERE datname = current_database()"
                  + " AND application_name LIKE '%projections%'"),
          "not one connection of projections");
      try (TestWorker worker = TestWorker.with("TALEA_DB_URL", url)) {
        awaitAll(worker, "live", 0);
        assertEquals(40, number(jdbc(url), "talea_projection.postings"));
        assertTrue(
            number(
                    jdbc(url),
                    "pg_stat_activity WHERE datname = current_database()"
                        + " AND application_name LIKE '%projections%'")
                > 0);
        post(daemon, 20, 30);
        // What the worker keeps is read through the server.
        Answer rows = daemon.get("/v1/books/b/postings?path=cash&min_seq=32&limit=1");
        assertEquals(200, rows.status(), rows::toString);
        assertRight(worker);
        assertEquals(200, worker.get("/readyz").status());
      }
      Answer none = daemon.get("/v1/projections/postings");
      assertTrue(none.body().contains("\"state\":\"stopped\""), none::body);
    }
  }

  private static String jdbc(String url) {
    return "jdbc:" + url.replaceFirst("postgres://([^:@]+)@(.*)", "postgresql://$2?user=$1");
  }

  @Test
  void aLedgerThatIsNotThatOfTheTablesEndsIt() throws Exception {
    Path file = directory.resolve("tables.db");
    String[] target = {"TALEA_PROJECTION_DB_URL", "sqlite://" + file};
    try (TestDaemon one = TestDaemon.onLog(directory.resolve("one")).withBook("b");
        TestWorker worker = TestWorker.with("TALEA_URL", one.url(), target[0], target[1])) {
      awaitAll(worker, "live", 0);
      assertNull(worker.worker().fault());
    }
    String address = "127.0.0.1:" + freePort();
    try (TestWorker worker =
        TestWorker.with("TALEA_URL", "http://" + address, target[0], target[1])) {
      try (TestDaemon other =
          TestDaemon.onLog(directory.resolve("two"), "TALEA_BIND", address).withBook("b")) {
        post(other, 0, 5);
        String fault = worker.worker().awaitEnd();
        assertTrue(("" + fault).contains("of another ledger"), "" + fault);
        assertEquals(503, worker.get("/readyz").status());
        assertEquals(0, number("jdbc:sqlite:" + file, "postings"));
      }
    }
    try (TestDaemon other = TestDaemon.onLog(directory.resolve("two"))) {
      assertRefused("of another ledger", "TALEA_URL", other.url(), target[0], target[1]);
    }
  }

  @Test
  void whatItCannotRunWithIsSaid() {
    String[] tables = {"TALEA_PROJECTION_DB_URL", "sqlite://" + directory.resolve("t.db")};
    assertRefused("set TALEA_URL to the address of a server");
    assertRefused("set TALEA_PROJECTION_DB_URL to", "TALEA_URL", "http://localhost:1");
    assertRefused("TALEA_DB_URL is log://x, which its server alone", "TALEA_DB_URL", "log://x");
    assertRefused("TALEA_DB_URL is sqlite://x.db, which", "TALEA_DB_URL", "sqlite://x.db");
    assertRefused("TALEA_URL is set, but empty", "TALEA_URL", "");
    for (String[] bad :
        new String[][] {
          {"TALEA_PROJECTIONS", "none", "TALEA_PROJECTIONS is none"},
          {"TALEA_PROJECTIONS", "x", "TALEA_PROJECTIONS names 'x'"},
          {"MAX_PROJECTION_RUNNERS", "0", "MAX_PROJECTION_RUNNERS is 0"},
          {"MAX_PROJECTION_RUNNERS", "1", "MAX_PROJECTION_RUNNERS is 1"},
          {"TALEA_WORKER_BIND", "x", "TALEA_WORKER_BIND"},
          {"TALEA_TOKEN", "", "TALEA_TOKEN is set, but empty"},
          {"PERSISTENCE_MODULE", "eventsourcing.postgres", "PERSISTENCE_MODULE is"}
        }) {
      assertRefused(
          bad[2], "TALEA_URL", "http://localhost:1", tables[0], tables[1], bad[0], bad[1]);
    }
  }
}
