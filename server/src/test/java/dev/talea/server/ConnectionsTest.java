// SPDX-License-Identifier: Apache-2.0
package dev.talea.server;

import static dev.talea.server.TestDaemon.draft;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.talea.jdbc.TestPostgres;
import dev.talea.server.settings.Settings;
import dev.talea.server.settings.StartException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Connections to PostgreSQL: how many are said and taken, and how the way there is spelled. */
@Timeout(180)
@Tag("slow")
class ConnectionsTest {
  private static final Pattern SUM = Pattern.compile("Connection budget: .* = ([0-9]+) conn.*");

  @TempDir private Path directory;

  private static Connection connect(String url) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:" + url.replaceFirst("postgres://([^:@]+)@(.*)", "postgresql://$2?user=$1"));
  }

  private static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? "" + row.getString(1) : "";
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** What is said at a start. */
  private static List<String> said(Runnable start) {
    return said("dev.talea.jdbc.ConnectionBudget", start);
  }

  private static List<String> said(String by, Runnable start) {
    Logger logger = (Logger) LoggerFactory.getLogger(by);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    Level before = logger.getLevel();
    logger.setLevel(Level.INFO);
    try {
      start.run();
      return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    } finally {
      logger.setLevel(before);
      logger.detachAppender(lines);
    }
  }

  @Test
  void aLoadThatWantsMoreGetsWhatWasSaidAndNoMore() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    TestDaemon[] started = new TestDaemon[1];
    List<String> lines =
        said(
            () ->
                started[0] =
                    TestDaemon.at(
                        url,
                        "TALEA_PROJECTIONS",
                        "all",
                        "TALEA_DB_POOL",
                        "6",
                        "POSTGRES_PROJECTION_POOL_SIZE",
                        "2",
                        "POSTGRES_PROJECTION_MAX_OVERFLOW",
                        "2"));
    assertEquals(1, lines.size(), lines::toString);
    Matcher sum = SUM.matcher(lines.get(0));
    assertTrue(sum.matches(), lines::toString);
    int budget = Integer.parseInt(sum.group(1));
    assertEquals(3 + 3 + 2 + 4, budget);
    try (TestDaemon daemon = started[0];
        Connection admin = connect(url);
        Connection locks = connect(url);
        HttpClientOf client = new HttpClientOf(daemon.url())) {
      for (int i = 0; i < 8; i++) {
        daemon.withBook("b" + i);
        assertEquals(200, daemon.post("/v1/transactions", draft("b" + i, "first", "5")).status());
      }
      String ours =
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type"
              + " = 'client backend' AND pid NOT IN (pg_backend_pid(), "
              + ask(locks, "SELECT pg_backend_pid()")
              + ")";
      locks.setAutoCommit(false);
      long until = System.nanoTime() + 60_000_000_000L;
      int peak = 0;
      int round = 0;
      while (peak < budget) {
        assertTrue(System.nanoTime() < until, "in a minute no more than " + peak);
        if (round++ % 40 == 0) {
          hold(locks);
          for (int i = 0; i < 8; i++) {
            client.ask("POST", "/v1/transactions", draft("b" + i, "k" + round, "5"));
            client.ask("GET", "/v1/books/b" + i + "/events?after_seq=0", "");
            client.ask("GET", "/v1/projections", "");
          }
        }
        peak = Math.max(peak, Integer.parseInt(ask(admin, ours)));
        assertTrue(peak <= budget, "there are " + peak + ", and " + budget + " were said");
      }
      // It stays there, however long the load goes on.
      for (int i = 0; i < 200; i++) {
        client.ask("GET", "/v1/books/b0/events?after_seq=0", "");
        int now = Integer.parseInt(ask(admin, ours));
        assertTrue(now <= budget, "there are " + now + ", and " + budget + " were said");
      }
      locks.rollback();
    }
  }

  /**
   * Has everything stay that is under way, so that everything that wants to be gets a connection.
   */
  private static void hold(Connection locks) throws SQLException {
    for (boolean held = false; !held; ) {
      locks.rollback();
      try {
        execute(
            locks,
            "LOCK TABLE talea_event, talea_projection.talea_projection_position,"
                + " talea_projection.talea_projection");
        held = true;
      } catch (SQLException e) {
        // What is under way may hold one of them and want another.
        assertEquals("40P01", e.getSQLState(), e::toString);
      }
    }
  }

  /** Requests that are not waited for. */
  private record HttpClientOf(String url, HttpClient http) implements AutoCloseable {
    HttpClientOf(String url) {
      this(url, HttpClient.newHttpClient());
    }

    void ask(String method, String target, String body) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url + target))
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .header("Content-Type", "application/json")
              .build();
      var unused = http.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    }

    @Override
    public void close() {
      // Its threads end with the connections.
    }
  }

  @Test
  void whatEachKindOfProcessWillHaveIsSaid() throws Exception {
    String url = TestPostgres.newDatabaseUrl();
    String other = TestPostgres.newDatabaseUrl();
    String log = "log://" + directory.resolve("ledger");
    assertSaid("5 writing + 5 reading + 2 listening and notifying = 12 connections", url);
    assertSaid(
        "5 writing + 5 reading + 2 listening and notifying + 5 for projections = 17 connections",
        url,
        "TALEA_PROJECTIONS",
        "all");
    assertSaid(
        "3 instances x (5 writing + 5 reading + 2 listening and notifying + 2 for projections) = 42"
            + " connections",
        url,
        "TALEA_PROJECTIONS",
        "all",
        "MAX_PROJECTION_RUNNERS",
        "0",
        "TALEA_DB_INSTANCES",
        "3");
    assertSaid(
        "5 for projections = 5 connections",
        log,
        "TALEA_PROJECTIONS",
        "all",
        "TALEA_PROJECTION_DB_URL",
        other);
    Map<String, String> worker = new HashMap<>(Map.of("TALEA_DB_URL", url));
    worker.put("TALEA_WORKER_BIND", "127.0.0.1:0");
    List<String> lines =
        said(() -> assertTrue(Worker.start(Settings.ofWorker(worker, Map.of()), null).stop()));
    assertTrue(
        lines
            .get(0)
            .contains("1 writing + 5 reading + 1 listening + 5 for projections = 12 connections"),
        lines::toString);
    for (String[] place : new String[][] {{url}, {log, "TALEA_PROJECTION_DB_URL", other}}) {
      Map<String, String> tight = new HashMap<>(Map.of("TALEA_DB_URL", place[0]));
      tight.put("TALEA_BIND", "127.0.0.1:0");
      tight.put("TALEA_PROJECTIONS", "all");
      tight.put("TALEA_DB_BUDGET", "fail");
      tight.put("POSTGRES_MAX_CONNECTIONS", "7");
      if (place.length > 1) {
        tight.put(place[1], place[2]);
      }
      StartException refusal =
          assertThrows(
              StartException.class, () -> Daemon.start(Settings.of(tight, Map.of())).stop());
      assertTrue(("" + refusal.getMessage()).contains("TALEA_DB_BUDGET is fail"));
      assertTrue(("" + refusal.getMessage()).contains("max_connections 7"), "" + refusal);
      tight.put("TALEA_DB_BUDGET", "warn");
      assertTrue(Daemon.start(Settings.of(tight, Map.of())).stop());
    }
  }

  private static void assertSaid(String words, String url, String... settings) {
    List<String> lines = said(() -> TestDaemon.at(url, settings).close());
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.get(0).startsWith("Connection budget: " + words + "; the server has "));
  }

  @Test
  void aPlatformsUrlAloneLeadsToLedgerAndTables() throws Exception {
    String open = TestPostgres.newDatabaseUrl();
    String password = "p@ss w:rd/%";
    try (Connection admin = connect(open)) {
      String role = "r" + Long.toHexString(System.nanoTime());
      execute(admin, "SET password_encryption = 'scram-sha-256'");
      execute(admin, "CREATE ROLE " + role + " LOGIN PASSWORD '" + password + "'");
      execute(admin, "GRANT ALL ON SCHEMA public TO " + role);
      execute(
          admin,
          "GRANT ALL ON DATABASE " + ask(admin, "SELECT current_database()") + " TO " + role);
      // Others are let in as they come; this one has to know its password.
      Path rules = Path.of(ask(admin, "SHOW hba_file"));
      String before = Files.readString(rules);
      Files.writeString(rules, "host all " + role + " all scram-sha-256\n" + before);
      execute(admin, "SELECT pg_reload_conf()");
      String login = "://" + role + ":p%40ss%20w%3Ard%2F%25@";
      String url = open.replaceFirst("://[^@]*@", Matcher.quoteReplacement(login));
      String[] all = {"TALEA_PROJECTIONS", "all", "TALEA_BIND", "127.0.0.1:0"};
      Map<String, String> variables = new HashMap<>(Map.of("TALEA_CREATE", "true"));
      variables.put(all[0], all[1]);
      variables.put(all[2], all[3]);
      variables.put("DATABASE_URL", url + "?sslmode=prefer");
      Daemon daemon = Daemon.start(Settings.of(variables, Map.of()));
      try {
        String users =
            "SELECT count(*) FROM pg_stat_activity WHERE usename = '"
                + role
                + "' AND application_name LIKE '%projections'";
        long until = System.nanoTime() + 60_000_000_000L;
        while (ask(admin, users).equals("0")) {
          assertTrue(System.nanoTime() < until, "no connection of projections");
        }
        assertEquals("1", ask(admin, "SELECT count(*) FROM talea_ledger"));
        assertEquals("3", ask(admin, "SELECT count(*) FROM talea_projection.talea_projection"));
      } finally {
        assertTrue(daemon.stop());
      }
      // For the tables alone: a ledger in logs, and the platform's database.
      variables.put("TALEA_DB_URL", "log://" + directory.resolve("ledger"));
      variables.put("DATABASE_URL", url + "?sslmode=prefer&schema=reports");
      assertTrue(Daemon.start(Settings.of(variables, Map.of())).stop());
      assertEquals("3", ask(admin, "SELECT count(*) FROM reports.talea_projection"));
      variables.remove("TALEA_DB_URL");
      variables.remove("TALEA_CREATE");
      // What is behind the question mark counts.
      variables.put("DATABASE_URL", url + "?sslmode=require");
      variables.put("TALEA_CREATE", "true");
      assertServerRefuses(variables, "SSL");
      variables.put("DATABASE_URL", url.replace("p%40ss", "pass"));
      assertServerRefuses(variables, "password authentication failed");
      Files.writeString(
          rules, before, StandardCharsets.UTF_8, StandardOpenOption.TRUNCATE_EXISTING);
      execute(admin, "SELECT pg_reload_conf()");
    }
  }

  /** A database that does not let us in is waited for, and that is said. */
  private static void assertServerRefuses(Map<String, String> variables, String why) {
    List<String> lines =
        said(
            "dev.talea.jdbc.SqlLedgerStore",
            () -> Daemon.start(Settings.of(variables, Map.of())).stop());
    assertTrue(lines.stream().anyMatch(line -> line.contains(why)), lines::toString);
  }
}
