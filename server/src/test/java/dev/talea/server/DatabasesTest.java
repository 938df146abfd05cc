// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.TestPostgres;
import dev.talea.server.settings.EnvText;
import dev.talea.server.settings.LedgerChoice;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code init} and {@code serve} on a SQLite file and on a real PostgreSQL. */
@Timeout(120)
@Tag("slow")
class DatabasesTest {
  private static final String SEED =
      """
      assets = [{ id = "USD", class = "fiat", precision = 2, name = "US dollar" }]
      accounts = [
        { book = "b", path = "cash", asset = "USD", kind = "asset" },
        { book = "b", path = "income", asset = "USD", kind = "income" },
      ]
      """;

  @TempDir private Path directory;
  private Path envFile;
  private Path seedFile;

  @BeforeEach
  void files() throws IOException {
    envFile = directory.resolve(".env");
    seedFile = Files.writeString(directory.resolve("seed.toml"), SEED);
  }

  private Initializer.Report init(LedgerChoice ledger) {
    return Initializer.run(new Initializer.Request(ledger, seedFile, envFile, false));
  }

  private Initializer.Report init(String url, Map<String, String> environment) {
    return init(LedgerChoice.named("--db-url", url, environment));
  }

  private static String refusal(org.junit.jupiter.api.function.Executable what) {
    return "" + assertThrows(StartException.class, what).getMessage();
  }

  /** Posts through a daemon with the settings of the file, and asks it what it knows. */
  private void serveAndPost(String backend, String... environment) throws IOException {
    Map<String, String> file = EnvText.parse(".env", Files.readString(envFile));
    String token = "Bearer " + file.get("TALEA_API_TOKEN");
    java.util.Map<String, String> variables = new java.util.HashMap<>();
    variables.put("TALEA_BIND", "127.0.0.1:0");
    variables.put("TALEA_METRICS_BIND", "127.0.0.1:0");
    for (int i = 0; i < environment.length; i += 2) {
      variables.put(environment[i], environment[i + 1]);
    }
    Daemon daemon = Daemon.start(Settings.of(variables, file).with(TestDaemon.TIMING));
    try (RawHttp http = new RawHttp(daemon.address())) {
      Answer health = http.request("GET", "/health", null).read();
      assertEquals(200, health.status(), health::toString);
      assertEquals(backend, health.header("X-Talea-Backend"));
      for (int i = 1; i <= 2; i++) {
        Answer posted =
            http.request(
                    "POST",
                    "/v1/transactions",
                    TestDaemon.draft("b", "k" + i, "125"),
                    "Authorization: " + token)
                .read();
        assertTrue(posted.status() < 300, posted::toString);
      }
      Answer balance =
          http.request("GET", "/v1/books/b/accounts/cash/balance", null, "Authorization: " + token)
              .read();
      assertTrue(balance.body().contains("\"balance\":\"2.50\""), balance::toString);
      assertNotNull(daemon.metricsAddress());
      try (RawHttp metrics = new RawHttp(daemon.metricsAddress())) {
        String text = metrics.request("GET", "/metrics", null).read().body();
        assertTrue(text.contains("talea_db_pool_connections{state=\"size\"} "), text);
        assertFalse(text.contains("talea_db_pool_connections{state=\"size\"} 0.0\n"), text);
        // Of the second daemon both are deduplicated, and nothing is written.
        assertTrue(text.matches("(?s).*\ntalea_write_batch_size_count [02]\n.*"), text);
      }
    } finally {
      assertTrue(daemon.stop(), "a clean stop");
    }
  }

  // --- SQLite ---

  @Test
  void aLedgerInAFileIsPreparedAndServed() throws IOException {
    Path file = directory.resolve("new folder").resolve("talea.db");
    Initializer.Report report = init("sqlite://" + file, Map.of());
    assertTrue(report.messages().get(0).contains("is ready (sqlite store)"), report::toString);
    assertTrue(report.messages().get(1).contains("1 asset (1 new), 2 accounts (2 new)"));
    assertTrue(Files.readString(envFile).contains("sqlite://"));
    serveAndPost("sqlite");
    serveAndPost("sqlite");
    assertTrue(Files.exists(file));
    assertTrue(init("sqlite://" + file, Map.of()).messages().get(1).contains("2 accounts (0 new)"));
  }

  @Test
  void whatIsNoFileOfSqliteIsLeftAloneAndSaid() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    String refusal = refusal(() -> init("sqlite://" + folder, Map.of()));
    assertTrue(refusal.contains("--db-url names a directory"), refusal);

    Path other = Files.writeString(directory.resolve("letter.txt"), "Dear madam,\n".repeat(500));
    refusal = refusal(() -> init("sqlite://" + other, Map.of()));
    assertTrue(refusal.contains(other.toString()), refusal);
    assertTrue(refusal.contains("cannot be opened"), refusal);
    assertEquals("Dear madam,\n".repeat(500), Files.readString(other));
    assertFalse(Files.exists(envFile), "nothing says 'start here'");
  }

  // --- PostgreSQL ---

  @Test
  void aDatabaseWithoutTablesIsNotServedAndNoneAreMade() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    for (String[] schema : new String[][] {{}, {"POSTGRES_SCHEMA", "books"}}) {
      java.util.Map<String, String> variables = new java.util.HashMap<>();
      variables.put("TALEA_DB_URL", url);
      variables.put("TALEA_BIND", "127.0.0.1:0");
      for (int i = 0; i < schema.length; i += 2) {
        variables.put(schema[i], schema[i + 1]);
      }
      for (int i = 0; i < 2; i++) {
        NoLedgerException refusal =
            assertThrows(
                NoLedgerException.class, () -> Daemon.start(Settings.of(variables, Map.of())));
        assertTrue(("" + refusal.getMessage()).contains("talea_migration is not there"));
      }
      variables.put("TALEA_CREATE", "true");
      assertTrue(Daemon.start(Settings.of(variables, Map.of())).stop());
      variables.remove("TALEA_CREATE");
      assertTrue(Daemon.start(Settings.of(variables, Map.of())).stop());
    }
  }

  @Test
  void aBudgetThatMustFitStopsTheStart() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    Map<String, String> variables =
        Map.of(
            "TALEA_DB_URL", url,
            "TALEA_BIND", "127.0.0.1:0",
            "TALEA_CREATE", "true",
            "TALEA_DB_INSTANCES", "10000",
            "TALEA_DB_BUDGET", "fail");
    String refusal = refusal(() -> Daemon.start(Settings.of(variables, Map.of())));
    assertTrue(refusal.contains("Connection budget: 10000 instances"), refusal);
  }

  @Test
  void aLedgerInPostgresIsPreparedAndServedAndItsPasswordIsInTheFileAlone() throws Exception {
    String url = TestPostgres.newDatabaseUrl().replace("postgres@", "postgres:hu%2Fsh@");
    Initializer.Report report = init(url, Map.of());
    assertTrue(report.messages().get(0).contains("is ready (postgres store)"), report::toString);
    assertFalse(report.toString().contains("hu%2Fsh"), report::toString);
    assertFalse(report.toString().contains("hu/sh"), report::toString);
    assertTrue(Files.readString(envFile).contains("TALEA_DB_URL=" + url));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(envFile)));
    serveAndPost("postgres");
    serveAndPost("postgres");
    assertTrue(init(url, Map.of()).warnings().isEmpty());
  }

  @Test
  void aPlatformNamesTheDatabaseAndTheFileDoesNot() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    Initializer.Report report = init(LedgerChoice.of(Map.of("DATABASE_URL", url)));
    assertTrue(report.warnings().isEmpty(), report::toString);
    String text = Files.readString(envFile);
    assertFalse(text.contains("\nTALEA_DB_URL="), text);
    assertTrue(text.contains("named by DATABASE_URL or POSTGRES_*"), text);
    serveAndPost("postgres", "DATABASE_URL", url);
    assertTrue(
        init(LedgerChoice.of(Map.of("DATABASE_URL", url))).warnings().isEmpty(), "as it should be");
    StartException nothing =
        assertThrows(
            StartException.class, () -> Settings.of(Map.of(), EnvText.parse(".env", text)));
    assertTrue(("" + nothing.getMessage()).contains("TALEA_DB_URL is not set"));
  }

  @Test
  void theVariablesOfThePartsLeadThereAsWell() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String[] place = target.jdbcUrl().replace("jdbc:postgresql://", "").split("[:/]", -1);
    String[] parts = {
      "POSTGRES_HOST",
      place[0],
      "POSTGRES_PORT",
      place[1],
      "POSTGRES_DBNAME",
      place[2],
      "POSTGRES_USER",
      "postgres",
      "POSTGRES_PASSWORD",
      "100% hush",
      "POSTGRES_SCHEMA",
      "My Books",
    };
    Map<String, String> environment = new java.util.HashMap<>();
    for (int i = 0; i < parts.length; i += 2) {
      environment.put(parts[i], parts[i + 1]);
    }
    init(LedgerChoice.of(environment));
    serveAndPost("postgres", parts);
    assertEquals(
        "2", TestPostgres.ask(target, "SELECT count(*) FROM \"My Books\".talea_transaction"));
  }

  @Test
  void aDeadHostInFrontOfALivingOneIsPassedOver() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    try (TcpGate dead = new TcpGate(1)) {
      String both = url.replace("@", "@127.0.0.1:" + dead.port() + ",");
      assertTrue(init(both, Map.of()).messages().get(0).contains("is ready (postgres store)"));
    }
  }

  @Test
  void initOnADatabaseThatIsNotThereSaysSoAndWritesNothing() throws Exception {
    try (TcpGate gate = new TcpGate(1)) {
      String url = "postgres://u:hush@127.0.0.1:" + gate.port() + "/d";
      String refusal = refusal(() -> init(url, Map.of()));
      assertTrue(refusal.contains("127.0.0.1:" + gate.port()), refusal);
      assertTrue(refusal.contains("refused"), refusal);
      assertFalse(refusal.contains("hush"), refusal);
    }
    String missing = TestPostgres.newDatabaseUrl() + "_nope";
    String refusal = refusal(() -> init(missing, Map.of()));
    assertTrue(refusal.contains("_nope\" does not exist"), refusal);
    String stranger = TestPostgres.newDatabaseUrl().replace("postgres@", "stranger:hush@");
    refusal = refusal(() -> init(stranger, Map.of()));
    assertTrue(refusal.contains("\"stranger\" does not exist"), refusal);
    assertFalse(refusal.contains("hush"), refusal);
    assertFalse(Files.exists(envFile), "nothing says 'start here'");
  }

  @Test
  void serveStartsWithoutItsDatabaseSaysComeAgainAndRecoversByItself() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String url = TestPostgres.url(target);
    int port = Integer.parseInt(url.replaceAll(".*:(\\d+)/.*", "$1"));
    try (TcpGate gate = new TcpGate(port);
        TestDaemon daemon = TestDaemon.at(url.replace(":" + port, ":" + gate.port()))) {
      Answer away = daemon.get("/v1/books");
      assertEquals(503, away.status(), away::toString);
      assertNotNull(away.header("Retry-After"), away::toString);
      assertEquals("postgres", daemon.get("/health").header("X-Talea-Backend"));
      gate.open();
      awaitAnswer(daemon);
      assertEquals(
          "t",
          TestPostgres.ask(
              target,
              "SELECT count(*) > 0 FROM pg_stat_activity"
                  + " WHERE application_name = 'talea' AND datname = current_database()"));
      daemon.withBook("b");
      assertTrue(daemon.post("/v1/transactions", TestDaemon.draft("b", "k", "5")).status() < 300);

      gate.shut();
      Answer gone = daemon.post("/v1/transactions", TestDaemon.draft("b", "l", "5"));
      assertEquals(503, gone.status(), gone::toString);
      gate.open();
      awaitAnswer(daemon);
      Answer again = daemon.post("/v1/transactions", TestDaemon.draft("b", "l", "5"));
      assertTrue(again.status() < 300, again::toString);
      Answer balance = daemon.get("/v1/books/b/accounts/cash/balance");
      assertTrue(balance.body().contains("\"balance\":\"0.10\""), balance::toString);
    }
  }

  /** The test's own time limit ends it if that never happens. */
  private static void awaitAnswer(TestDaemon daemon) {
    Answer answer = daemon.get("/v1/books");
    while (answer.status() == 503) {
      answer = daemon.get("/v1/books");
    }
    assertEquals(200, answer.status(), answer::toString);
  }
}
