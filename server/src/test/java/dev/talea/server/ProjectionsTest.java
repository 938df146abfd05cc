// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.await;
import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.Event;
import dev.talea.projections.Dialect;
import dev.talea.projections.EventBatch;
import dev.talea.projections.Projection;
import dev.talea.projections.Selection;
import dev.talea.projections.Tables;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Projections in a server: from the settings to the tables, and how both are told apart. */
@Timeout(120)
@Tag("slow")
class ProjectionsTest {
  @TempDir private Path directory;

  private String url() {
    return "log://" + directory.resolve("ledger");
  }

  private TestDaemon daemon(String... settings) {
    return TestDaemon.at(url(), settings);
  }

  private static Answer list(TestDaemon daemon) {
    return daemon.get("/v1/projections");
  }

  private static Map<String, Object> one(TestDaemon daemon, String name) {
    Answer answer = daemon.get("/v1/projections/" + name);
    assertEquals(200, answer.status(), answer::toString);
    return JsonTree.object(answer.body());
  }

  private static void awaitAll(TestDaemon daemon, String state, int lag) {
    await(
        () -> list(daemon).toString(),
        () -> {
          Answer answer = list(daemon);
          return answer.status() == 200
              && JsonTree.object(answer.body()).get("items") instanceof Collection<?> items
              && items.stream()
                  .map(JsonTree::object)
                  .allMatch(
                      item ->
                          state.equals(item.get("state"))
                              && ("" + item.get("lag_events")).equals("" + lag));
        });
  }

  private static void post(TestDaemon daemon, int from, int to) {
    for (int i = from; i < to; i++) {
      assertEquals(200, daemon.post("/v1/transactions", draft("b", "k" + i, "5")).status());
    }
  }

  private static long rows(String jdbcUrl, String table) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      assertTrue(row.next());
      return row.getLong(1);
    }
  }

  private static void assertStartFails(Supplier<TestDaemon> start, String... words) {
    StartException refusal =
        assertThrows(StartException.class, () -> start.get().close(), "it started");
    for (String word : words) {
      assertTrue(("" + refusal.getMessage()).contains(word), refusal::getMessage);
    }
  }

  @Test
  void tablesFollowTheLedgerAndPeopleMayActOnThem() throws Exception {
    String file = "jdbc:sqlite:" + directory.resolve("projections.db");
    try (TestDaemon daemon =
        daemon("TALEA_PROJECTIONS", "all", "TALEA_METRICS_BIND", "127.0.0.1:0").withBook("b")) {
      post(daemon, 0, 20);
      awaitAll(daemon, "live", 0);
      assertEquals(40, rows(file, "postings"));
      for (String suffix : List.of("", "-wal")) {
        assertEquals(
            "rw-------",
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("projections.db" + suffix))));
      }
      Map<String, Object> postings = one(daemon, "postings");
      assertTrue(("" + postings.get("positions")).contains("book=b, seq=22"), "" + postings);
      assertEquals(null, postings.get("verify"));
      assertTrue(("" + postings.get("owner")).contains(":" + ProcessHandle.current().pid() + ":"));
      daemon.awaitMetric("talea_projections_reached 1.0");
      daemon.awaitMetric("talea_projection_lag_events{projection=\"postings\"} 0.0");
      daemon.awaitMetric(
          "talea_projection_state{projection=\"daily-balances\",state=\"live\"} 1.0");
      daemon.awaitMetric("talea_projection_failed_books{projection=\"prefix-totals\"} 0.0");

      for (String change : new String[] {"verify", "rebuild"}) {
        assertEquals(202, daemon.post("/v1/projections/postings/" + change, "").status());
        await(
            () -> one(daemon, "postings").toString(),
            () ->
                change.equals("verify")
                    ? "right".equals(one(daemon, "postings").get("verify"))
                    : "live".equals(one(daemon, "postings").get("state")));
      }
      post(daemon, 20, 25);
      awaitAll(daemon, "live", 0);
      assertEquals(50, rows(file, "postings"));

      assertEquals(202, daemon.post("/v1/projections/postings/retry?book=b", "").status());
      Answer noReason = daemon.post("/v1/projections/postings/skip?book=b&seq=2", "");
      Envelopes.assertError(
          400,
          "{\"error\":\"invalid_draft\",\"field\":\"query\",\"reason\":\"why must be given\"}",
          noReason);
      assertEquals(
          400, daemon.post("/v1/projections/postings/skip?book=b&seq=0&why=x", "").status());
      assertEquals(
          202, daemon.post("/v1/projections/postings/skip?book=b&seq=99&why=so", "").status());
      assertEquals(1, rows(file, "talea_projection_skip WHERE why = 'so' AND seq = 99"));
      assertEquals(404, daemon.get("/v1/projections/statement").status());
      assertEquals(404, daemon.post("/v1/projections/statement/drop", "").status());
      assertEquals(202, daemon.post("/v1/projections/postings/drop", "").status());
      assertEquals("stopped", one(daemon, "postings").get("state"));
      assertThrows(SQLException.class, () -> rows(file, "postings"));
      assertEquals("live", one(daemon, "daily-balances").get("state"));
    }
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "postings")) {
      awaitAll(daemon, "live", 0);
      assertEquals(50, rows(file, "postings"), "dropped, and begun anew by the next start");
      assertEquals(404, daemon.get("/v1/projections/daily-balances").status());
    }
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "all", "MAX_PROJECTION_RUNNERS", "0")) {
      awaitAll(daemon, "stopped", 0);
      post(daemon, 25, 30);
      awaitAll(daemon, "stopped", 5);
      assertEquals(50, rows(file, "postings"), "nothing runs");
      assertFalse(
          Thread.getAllStackTraces().keySet().stream()
              .anyMatch(thread -> thread.getName().startsWith("talea-projection-watch")));
    }
    try (TestDaemon daemon = daemon()) {
      assertEquals("{\"items\":[],\"next\":null}", list(daemon).body());
      assertEquals(404, daemon.get("/v1/projections/postings").status());
    }
  }

  @Test
  void tablesAreReadAsJsonAndAsCsvAndWaitedFor() throws Exception {
    String statement = "/v1/books/b/accounts/cash/statement?from=2020-01-01&to=2100-01-01";
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "all").withBook("b")) {
      post(daemon, 0, 3);
      Answer all = daemon.get(statement + "&min_seq=5");
      assertEquals(200, all.status(), all::toString);
      assertTrue(
          all.body()
              .startsWith(
                  "{\"account\":\"cash\",\"asset\":\"USD\",\"from\":\"2020-01-01\",\"to\":"
                      + "\"2100-01-01\",\"zone\":\"UTC\",\"opening\":0,\"lines\":[{\"number\":1,"
                      + "\"seq\":3,"),
          all::body);
      assertTrue(
          all.body().contains("\"description\":\"k1\",\"debit\":5,\"credit\":null,\"balance\":10}"),
          all::body);
      assertTrue(all.body().endsWith("],\"closing\":15,\"next\":null}"), all::body);
      Answer strings = daemon.get(statement, "Accept: application/json; amounts=string");
      assertTrue(strings.body().contains("\"debit\":\"5\",\"credit\":null,\"balance\":\"10\""));
      assertTrue(strings.body().contains("\"opening\":\"0\""), strings::body);

      Answer first = daemon.get(statement + "&limit=2", "Accept: text/csv");
      assertEquals("text/csv; charset=utf-8; header=present", first.header("Content-Type"));
      List<String> lines = first.body().lines().toList();
      assertEquals("number,seq,tx_id,date,at,description,debit,credit,balance", lines.get(0));
      assertEquals(",,,2020-01-01,,opening,,,0", lines.get(1));
      assertTrue(lines.get(3).endsWith(",k1,5,,10"), lines.get(3));
      assertEquals(4, lines.size());
      Answer rest =
          daemon.get(
              statement + "&limit=2&after=" + first.header("X-Talea-Next"), "Accept: text/csv");
      assertEquals(
          ",,,2100-01-01,,closing,,,15", rest.body().lines().toList().get(2), rest::toString);
      assertEquals(null, rest.header("X-Talea-Next"));

      Answer days =
          daemon.get(
              "/v1/books/b/daily-balances?path=income&from=2020-01-01&to=2100-01-01&min_seq=5");
      assertTrue(
          days.body().contains("\"opening\":0,\"debits\":0,\"credits\":15,\"closing\":-15,"),
          days::body);
      Answer totals = daemon.get("/v1/books/b/prefix-totals?prefix=cash&min_seq=5");
      assertEquals(
          "{\"items\":[{\"prefix\":\"cash\",\"asset\":\"USD\",\"total\":15}],\"next\":null}",
          totals.body());
      Answer postings = daemon.get("/v1/books/b/postings?path=cash&after_seq=3&limit=1");
      assertTrue(postings.body().startsWith("{\"items\":[{\"seq\":4,\"posting\":0,\"tx_id\":"));
      assertTrue(postings.body().endsWith("\"metadata\":null}],\"next\":4}"), postings::body);

      Answer stale = daemon.get("/v1/books/b/postings?min_seq=9&wait=10ms");
      Envelopes.assertError(
          503, "{\"error\":\"stale\",\"projection\":\"postings\",\"position\":5}", stale);
      assertEquals(null, stale.header("Retry-After"));
      Envelopes.assertError(
          404,
          "{\"error\":\"unknown_account\",\"account\":\"none\"}",
          daemon.get(statement.replace("cash", "none")));
      for (String bad :
          List.of(
              statement.replace("2020-01-01", "2020-1-1"),
              statement.replace("2100", "2000"),
              statement + "&zone=Mars",
              statement + "&after=x",
              statement + "&wait=long",
              "/v1/books/b/daily-balances?from=2020-01-01&to=2100-01-01",
              "/v1/books/b/prefix-totals")) {
        Answer answer = daemon.get(bad);
        assertEquals(400, answer.status(), bad);
        assertTrue(answer.body().contains("\"field\":\"query\""), answer::body);
      }
      // Who waits holds no request up.
      CompletableFuture<Answer> waits =
          CompletableFuture.supplyAsync(
              () -> daemon.get("/v1/books/b/postings?min_seq=6&wait=5s"),
              task -> new Thread(task).start());
      post(daemon, 3, 4);
      Answer answer = waits.join();
      assertEquals(200, answer.status(), answer::toString);
      assertTrue(answer.body().contains("\"key\":\"k3\""), answer::body);
    }
    // One that runs none reads what another has built, and waits as long.
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "all", "MAX_PROJECTION_RUNNERS", "0")) {
      assertEquals(200, daemon.get(statement + "&min_seq=6").status());
      assertEquals(503, daemon.get(statement + "&min_seq=7&wait=50ms").status());
    }
    try (TestDaemon daemon = daemon()) {
      Answer none = daemon.get(statement);
      assertEquals(503, none.status());
      assertTrue(none.body().contains("TALEA_PROJECTIONS"), none::body);
    }
  }

  @Test
  void whatStandsStillIsToldAndTheLedgerIsReady() throws Exception {
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "postings").withBook("b")) {
      awaitAll(daemon, "live", 0);
      // A row in the way of one to come, as if by another hand.
      try (Connection connection =
              DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("projections.db"));
          Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA busy_timeout = 10000");
        statement.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON postings_g1 WHEN NEW.key = 'k1'"
                + " BEGIN SELECT RAISE(ABORT, 'poison'); END");
      }
      post(daemon, 0, 3);
      await(
          () -> one(daemon, "postings").toString(),
          () -> "failed".equals(one(daemon, "postings").get("state")));
      assertTrue(("" + one(daemon, "postings").get("error")).contains("poison"));
      await(
          () -> daemon.get("/readyz").toString(),
          () -> "1".equals(daemon.get("/readyz").header("X-Talea-Failed-Projections")));
      assertEquals(200, daemon.get("/readyz").status(), "the ledger does not need them");
      assertEquals("1", daemon.get("/health").header("X-Talea-Failed-Projections"));
      assertEquals(
          202, daemon.post("/v1/projections/postings/skip?book=b&seq=4&why=poison", "").status());
      awaitAll(daemon, "live", 0);
      await(
          () -> daemon.get("/readyz").toString(),
          () -> daemon.get("/readyz").header("X-Talea-Failed-Projections") == null);
    }
  }

  @Test
  void theyAreForTokensOfAllBooksAndChangesForThoseThatMayWrite() throws Exception {
    Path tokens =
        Files.writeString(
            directory.resolve("tokens.toml"),
            """
            [tokens.reader]
            token = "reader-0123456789"
            books = ["*"]
            access = "ro"
            [tokens.shop]
            token = "shop-0123456789ab"
            books = ["b"]
            access = "rw"
            [tokens.all]
            token = "all-0123456789abc"
            books = ["*"]
            access = "rw"
            """);
    try (TestDaemon daemon =
        daemon("TALEA_PROJECTIONS", "postings", "TALEA_TOKENS_FILE", tokens.toString())) {
      String verify = "/v1/projections/postings/verify";
      assertEquals(401, list(daemon).status());
      String[] bearers = {"reader-0123456789", "shop-0123456789ab", "all-0123456789abc"};
      int[][] due = {{200, 403}, {403, 403}, {200, 202}};
      for (int i = 0; i < bearers.length; i++) {
        String header = "Authorization: Bearer " + bearers[i];
        assertEquals(due[i][0], daemon.get("/v1/projections", header).status());
        assertEquals(due[i][0], daemon.get("/v1/projections/postings", header).status());
        assertEquals(due[i][1], daemon.post(verify, "", header).status());
      }
    }
  }

  /** A folder with a jar that names a projection. */
  private String plugin(String type) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("plugins"));
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(folder.resolve("plugin.jar")))) {
      jar.putNextEntry(new JarEntry("META-INF/services/dev.talea.projections.Projection"));
      jar.write(type.getBytes(StandardCharsets.UTF_8));
    }
    return folder.toString();
  }

  /** One that is on the class path of this test, and named by a jar. */
  public static final class Heads implements Projection {
    @Override
    public String name() {
      return "heads";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public Selection selects() {
      return Selection.ALL;
    }

    @Override
    public List<String> tables() {
      return List.of("heads");
    }

    @Override
    public List<String> schema(Dialect dialect) {
      return List.of("CREATE TABLE {heads} (book TEXT PRIMARY KEY, seq BIGINT NOT NULL)");
    }

    @Override
    public void apply(EventBatch batch, Tables tables) throws SQLException {
      for (Event event : batch.events()) {
        tables.update(
            "INSERT INTO {heads} (book, seq) VALUES (?, ?) ON CONFLICT (book) DO UPDATE SET seq ="
                + " excluded.seq",
            batch.book(),
            event.seq());
      }
    }
  }

  @Test
  void aPluginIsRunAsTheOthersAre() throws Exception {
    try (TestDaemon daemon =
        daemon("TALEA_PROJECTIONS", "heads", "TALEA_PLUGINS", plugin(Heads.class.getName()))
            .withBook("b")) {
      awaitAll(daemon, "live", 0);
      assertEquals(200, daemon.get("/v1/projections/heads").status());
      String file = "jdbc:sqlite:" + directory.resolve("projections.db");
      assertEquals(2, rows(file, "heads"));
    }
  }

  @Test
  void aStartThatCannotBeIsRefusedAndLetsGoOfEverything() throws Exception {
    String broken = plugin("com.example.NotThere");
    assertStartFails(
        () -> daemon("TALEA_PROJECTIONS", "postings,statement"),
        "TALEA_PROJECTIONS names 'statement'",
        "daily-balances");
    assertStartFails(
        () -> daemon("TALEA_PROJECTIONS", "all", "TALEA_PLUGINS", broken),
        "com.example.NotThere",
        "plugin.jar");
    assertStartFails(
        () -> daemon("TALEA_PROJECTIONS", "all", "MAX_PROJECTION_RUNNERS", "2"),
        "MAX_PROJECTION_RUNNERS is 2",
        "postings, daily-balances, prefix-totals");
    assertFalse(Files.exists(directory.resolve("ledger")), "before the ledger is touched");
    assertStartFails(
        () -> daemon("TALEA_PROJECTIONS", "all", "CREATE_TABLE", "false"),
        "none are to be made",
        "CREATE_TABLE is false");
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "all").withBook("b")) {
      awaitAll(daemon, "live", 0);
      String file = "jdbc:sqlite:" + directory.resolve("projections.db");
      // An empty ledger has no name; this one was empty when it started.
      while (rows(file, "talea_projection_ledger") == 0) {
        Thread.onSpinWait();
      }
    }
    // Another ledger beside it takes the same file for its own.
    assertStartFails(
        () -> TestDaemon.at("log://" + directory.resolve("other"), "TALEA_PROJECTIONS", "all"),
        "of another ledger",
        "this one is empty");
    try (TestDaemon daemon = daemon("TALEA_PROJECTIONS", "all", "CREATE_TABLE", "false")) {
      awaitAll(daemon, "live", 0);
      Answer refused = daemon.post("/v1/projections/postings/rebuild", "");
      assertEquals(400, refused.status(), refused::toString);
      assertTrue(refused.body().contains("none are to be made"), refused::toString);
      assertTrue(refused.body().contains("CREATE_TABLE is false"), refused::toString);
    }
  }

  @Test
  void aTargetOutOfReachDoesNotHoldUpTheLedger() throws Exception {
    String database = TestPostgres.newDatabaseUrl();
    Matcher port = Pattern.compile(":([0-9]+)/").matcher(database);
    assertTrue(port.find(), database);
    try (TcpGate gate = new TcpGate(Integer.parseInt(port.group(1)))) {
      gate.shut();
      String behind = port.replaceFirst(":" + gate.port() + "/");
      String[] settings = {
        "TALEA_PROJECTIONS", "all",
        "TALEA_PROJECTION_DB_URL", behind,
        "TALEA_METRICS_BIND", "127.0.0.1:0"
      };
      try (TestDaemon daemon = daemon(settings).withBook("b")) {
        post(daemon, 0, 5);
        assertEquals(200, daemon.get("/readyz").status());
        daemon.awaitMetric("talea_projections_reached 0.0");
        Answer away = list(daemon);
        assertEquals(503, away.status());
        assertTrue(away.body().contains("TALEA_PROJECTION_DB_URL"), away::toString);
        gate.open();
        awaitAll(daemon, "live", 0);
        daemon.awaitMetric("talea_projections_reached 1.0");
      }
      assertEquals(10, rows(jdbc(database), "talea_projection.postings"));
    }
    await(() -> "connections are left", () -> connections(database) == 0);
    try (TestDaemon daemon =
        daemon(
            "TALEA_PROJECTIONS", "all",
            "TALEA_PROJECTION_DB_URL", database,
            "MAX_PROJECTION_RUNNERS", "0")) {
      assertEquals(200, daemon.get("/readyz").status());
      assertEquals(0, connections(database), "none before the first read");
      awaitAll(daemon, "stopped", 0);
    }
  }

  private static String jdbc(String url) {
    Matcher parts = Pattern.compile("postgres(?:ql)?://([^:@]+)(?::([^@]*))?@(.*)").matcher(url);
    assertTrue(parts.matches(), url);
    String password = parts.group(2) == null ? "" : "&password=" + parts.group(2);
    return "jdbc:postgresql://" + parts.group(3) + "?user=" + parts.group(1) + password;
  }

  private static long connections(String url) {
    try {
      return rows(
          jdbc(url),
          "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
