// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.talea.jdbc.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Webhooks are told when a run of reconciliation ends, whatever is away meanwhile. */
@Timeout(300)
@Tag("slow")
class RunNoticesTest {
  private static final String PROFILE =
      "{\"name\":\"lines\",\"amount\":{\"column\":\"amount\"},\"asset\":\"USD\"}";

  private static final String RECIPE =
      "{\"name\":\"cash\",\"left\":{\"ledger\":{\"book\":\"b\",\"accounts\":[\"cash\"]}},"
          + "\"right\":{\"file\":{\"profile\":\"lines\"}},"
          + "\"rules\":[{\"name\":\"amount\",\"tolerance\":{\"absolute\":0}}]}";

  @TempDir private Path directory;

  /** What came to each path: the id and the body. */
  private final List<String> came = new CopyOnWriteArrayList<>();

  private volatile int status = 204;
  private HttpServer receiver;

  @BeforeEach
  void open() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          came.add(
              exchange.getRequestURI().getPath()
                  + " "
                  + exchange.getRequestHeaders().getFirst("webhook-id")
                  + " "
                  + body);
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    receiver.start();
  }

  @AfterEach
  void close() {
    receiver.stop(0);
  }

  /** With tables in a file beside the ledger, or where the settings say. */
  private TestDaemon daemon(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "TALEA_PROJECTIONS",
                "webhooks",
                "TALEA_WEBHOOK_PRIVATE",
                "allow",
                "TALEA_METRICS_BIND",
                "127.0.0.1:0"));
    settings.addAll(List.of(more));
    return TestDaemon.onLog(directory.resolve("ledger"), settings.toArray(String[]::new));
  }

  private static void prepare(TestDaemon daemon) {
    assertEquals(200, daemon.post("/v1/reconcile/profiles/lines", PROFILE).status());
    assertEquals(200, daemon.post("/v1/reconcile/recipes", RECIPE).status());
    assertEquals(
        200, daemon.post("/v1/reconcile/uploads?name=bank.csv", "amount\n7.00\n").status());
  }

  private String add(TestDaemon daemon, String path, String more) {
    Answer added =
        daemon.post(
            "/v1/webhooks",
            "{\"url\":\"http://127.0.0.1:"
                + receiver.getAddress().getPort()
                + path
                + "\""
                + more
                + "}");
    assertEquals(200, added.status(), added::toString);
    return added.body();
  }

  private static void run(TestDaemon daemon, String id, String more) {
    Answer begun =
        daemon.post(
            "/v1/reconcile/runs", "{\"recipe\":\"cash\",\"right\":{\"upload\":\"1\"}" + more + "}");
    assertEquals(200, begun.status(), begun::toString);
    await(
        () -> daemon.get("/v1/reconcile/runs/" + id).body(),
        () -> daemon.get("/v1/reconcile/runs/" + id).body().contains("\"state\":\"completed\""));
  }

  private List<String> cameTo(String path) {
    return came.stream().filter(each -> each.startsWith(path + " ")).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SQLite", "PostgreSQL"})
  void whoAsksForItIsToldOfEveryRunOfItsBooks(String tables) throws Exception {
    String[] place =
        "SQLite".equals(tables)
            ? new String[0]
            : new String[] {"TALEA_PROJECTION_DB_URL", TestPostgres.newDatabaseUrl()};
    try (TestDaemon daemon = daemon(place).withBook("b").withBook("c")) {
      prepare(daemon);
      add(daemon, "/first", ",\"books\":[\"b\"],\"kinds\":[\"reconcile_run_finished\"]");
      run(daemon, "1", "");
      await(() -> "" + came, () -> cameTo("/first").size() == 1);
      String asked =
          add(daemon, "/asked", ",\"books\":[\"b\"],\"kinds\":[\"reconcile_run_finished\"]");
      assertTrue(asked.contains("\"kinds\":[\"reconcile_run_finished\"]"), asked);
      String id = asked.replaceFirst("(?s).*\"id\":\"([^\"]*)\".*", "$1");
      add(daemon, "/other", ",\"books\":[\"c\"],\"kinds\":[\"reconcile_run_finished\"]");
      add(daemon, "/events", "");
      add(daemon, "/both", ",\"kinds\":[\"transaction_posted\",\"reconcile_run_finished\"]");
      run(daemon, "2", ",\"carry\":false");
      await(() -> "" + came, () -> cameTo("/asked").size() == 1 && cameTo("/both").size() == 1);
      String told = cameTo("/asked").get(0);
      assertTrue(told.matches("/asked run_[0-9a-f]+_2_[0-9]+ .*"), told);
      for (String part :
          List.of(
              "\"type\":\"reconcile.run.finished\"",
              "\"data\":{\"run\":\"2\",\"recipe\":\"cash\",\"version\":1,\"books\":[\"b\"],"
                  + "\"state\":\"completed\",\"reason\":null,",
              "\"right\":{\"matched\":0,\"suggested\":0,\"unmatched\":1,\"rejected\":0,\"read\":1}",
              "\"zero_matches\":true")) {
        assertTrue(told.contains(part), part + " in " + told);
      }
      assertEquals(told.replace("/asked", "/both"), cameTo("/both").get(0));

      status = 500;
      run(daemon, "3", ",\"carry\":true");
      await(() -> "" + came, () -> cameTo("/asked").size() == 2);
      assertTrue(
          daemon.get("/v1/webhooks/" + id).body().contains("\"lag_events\":1"),
          () -> daemon.get("/v1/webhooks/" + id).body());
      daemon.awaitMetric("talea_webhook_lag_events 3.0"); // of first, asked and both
    }
    status = 204;
    String failed = cameTo("/asked").get(1);
    try (TestDaemon again = daemon(place)) {
      await(() -> "" + came, () -> cameTo("/asked").size() > 2);
      assertEquals(failed, cameTo("/asked").get(2), "the same, with the same id");
      run(again, "4", ",\"carry\":true");
      await(() -> "" + came, () -> cameTo("/asked").size() == 4);
    }
    assertEquals(List.of(), cameTo("/other"));
    assertFalse(("" + cameTo("/events")).contains("reconcile"));
  }

  @Test
  void endsThatNoTablesCouldTakeAreToldWhenTheyAreBack() throws Exception {
    String database = TestPostgres.newDatabaseUrl();
    Matcher port = Pattern.compile(":([0-9]+)/").matcher(database);
    assertTrue(port.find(), database);
    try (TcpGate gate = new TcpGate(Integer.parseInt(port.group(1)))) {
      String behind = port.replaceFirst(":" + gate.port() + "/");
      String[] place = {"TALEA_PROJECTION_DB_URL", behind};
      gate.open();
      try (TestDaemon daemon = daemon(place).withBook("b")) {
        prepare(daemon);
        add(daemon, "/one", ",\"kinds\":[\"reconcile_run_finished\"]");
        run(daemon, "1", "");
        await(() -> "" + came, () -> told().equals(List.of("1")));
        gate.shut();
        run(daemon, "2", ",\"carry\":false");
      }
      // Nothing of it is in the tables. The next life finds them away, too.
      try (TestDaemon daemon = daemon(place)) {
        run(daemon, "3", ",\"carry\":false");
        assertEquals(List.of("1"), told());
        gate.open();
        await(() -> "" + came, () -> told().equals(List.of("1", "2", "3")));
        run(daemon, "4", ",\"carry\":false");
        await(() -> "" + came, () -> told().equals(List.of("1", "2", "3", "4")));
      }
    }
  }

  /**
   * Runs in the order in which they first came. What was delivered while the tables went away comes
   * again, with the same id, because that could not be written down.
   */
  private List<String> told() {
    return cameTo("/one").stream()
        .map(each -> each.replaceFirst("(?s).*\"run\":\"([0-9]+)\".*", "$1"))
        .distinct()
        .toList();
  }
}
