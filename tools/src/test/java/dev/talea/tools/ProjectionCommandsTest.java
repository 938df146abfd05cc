// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.tools.TestShell.Result;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code talea projection ...} against a server that runs projections. */
@Timeout(120)
@Tag("slow")
class ProjectionCommandsTest {
  @TempDir private Path directory;
  private ServedShell served;
  private TestShell shell;

  @BeforeEach
  void start() {
    served = new ServedShell(directory, Map.of("TALEA_PROJECTIONS", "all"));
    shell = served.shell();
    served.open("x");
    served.open("y");
    served.post("k");
  }

  @AfterEach
  void stop() {
    served.close();
  }

  @Test
  void theyAreListedVerifiedRebuiltAndDropped() throws Exception {
    served.await(
        "prefix-totals         1  live               0", "projection", "list", "--output=table");
    String status = shell.talea("projection", "status", "postings", "--output=table").out();
    assertTrue(status.contains("postings    b          3  live"), status);
    assertTrue(shell.talea("projection", "status").out().contains("\"lag_events\": 0"));
    assertEquals(
        new Result(0, "Every row of 'postings' is what the events give.\n", ""),
        shell.talea("projection", "verify", "postings"));
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("projections.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 10000");
      statement.execute("UPDATE postings_g1 SET amount = '7' WHERE account = 'x'");
    }
    Result wrong = shell.talea("projection", "verify", "postings");
    assertEquals(3, wrong.exitCode(), wrong.err());
    assertTrue(wrong.out().contains("account=x"), wrong.out());
    served.quiet("projection", "rebuild", "postings");
    assertEquals(0, shell.talea("projection", "verify", "postings").exitCode());
    served.quiet("projection", "retry", "postings", "--book", "b");
    served.quiet("projection", "skip", "postings", "--book", "b", "--seq", "9", "--why", "a & b");
    served.quiet("projection", "drop", "postings");
    Result stopped = shell.talea("projection", "verify", "daily-balances");
    assertEquals(0, stopped.exitCode(), stopped.err());
    Result gone = shell.talea("projection", "rebuild", "postings");
    assertEquals(1, gone.exitCode());
    assertTrue(gone.err().contains("There is no projection 'postings'"), gone.err());
  }

  @Test
  void aStatementIsATableOrJsonOrCsv() {
    String[] of = {"statement", "--book", "b", "--path", "y", "--from", "2026-01-01", "--to"};
    String[] period = with(of, "2126-01-01", "--min-seq", "3", "--zone", "Europe/Prague");
    Result table = shell.talea(with(period, "--output=table"));
    assertTrue(
        table
            .out()
            .matches(
                """
                y in EUR, days of Europe/Prague

                no  date        description  debit  credit  balance
                    2026-01-01  opening                        0.00
                 1  20..-..-..  k                     0.05    -0.05
                    2126-01-01  closing                       -0.05
                """),
        table::toString);
    Result json = shell.talea(with(period, "--amounts=string"));
    assertTrue(json.out().contains("\"closing\": \"-5\""), json::toString);
    Result csv = shell.talea(with(period, "--output=csv"));
    assertTrue(
        csv.out()
            .matches(
                """
                number,seq,tx_id,date,at,description,debit,credit,balance\r
                ,,,2026-01-01,,opening,,,0\r
                1,3,[-0-9a-f]{36},20..-..-..,[^,]*Z,k,,5,-5\r
                ,,,2126-01-01,,closing,,,-5\r
                """),
        csv::toString);
    Result onTerminal = shell.taleaOnTerminal(with(period, "--output=csv"));
    assertEquals(csv.out().replace("\r", ""), onTerminal.out());

    Result stale = shell.talea(with(of, "2126-01-01", "--min-seq", "99"));
    assertEquals(1, stale.exitCode());
    assertTrue(stale.err().startsWith("{\"error\":\"stale\",\"projection\":\"postings\""));
    of[4] = "z";
    assertTrue(shell.talea(with(of, "2126-01-01")).err().contains("unknown_account"));
    assertEquals(2, shell.talea(with(of, "2025-01-01")).exitCode());
    assertEquals(2, shell.talea(with(of, "2126-13-01")).exitCode());
    assertEquals(2, shell.talea(with(of, "2126-01-01", "--zone", "Mars")).exitCode());
    Result noCsv = shell.talea("books", "--output=csv");
    assertEquals(2, noCsv.exitCode());
    assertTrue(noCsv.err().contains("--output csv is for 'statement'"), noCsv::toString);
  }

  private static String[] with(String[] some, String... more) {
    String[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  @Test
  void oneIsBroughtToTheEndWithoutAProcessThatStays() throws Exception {
    String file = "sqlite://" + directory.resolve("tables.db");
    String jdbc = "jdbc:sqlite:" + directory.resolve("tables.db");
    Map<String, String> environment =
        new HashMap<>(Map.of("TALEA_PROJECTION_DB_URL", file, "TALEA_PROJECTION_LEASE", "1s"));
    environment.put("TALEA_TOKEN", ServedShell.TOKEN);
    TestShell there = new TestShell(directory, environment);
    String[] run = {"projection", "run", "postings", "--once", "--url", served.url()};
    Result done = there.talea(run);
    assertEquals(
        new Result(0, "Projection 'postings' has come to the end, in 2 books.\n", ""), done);
    assertEquals(2, rows(jdbc, "postings"));
    assertEquals(0, rows(jdbc, "talea_projection WHERE owner IS NOT NULL"), "the lease is let go");
    served.open("z");
    served.post("k2");
    assertEquals(0, there.talea(run).exitCode());
    assertEquals(4, rows(jdbc, "postings"));

    // Another process has the lease, and does nothing.
    served.post("k3");
    change(
        jdbc,
        "UPDATE talea_projection SET owner = 'the other', lease_until = '9999-12-31T00:00:00.000Z'");
    Result left = there.talea(run);
    assertEquals(1, left.exitCode());
    assertTrue(left.err().contains("is run by the other"), left.err());
    assertEquals(4, rows(jdbc, "postings"));
    change(jdbc, "UPDATE talea_projection SET owner = NULL, lease_until = NULL");

    change(
        jdbc,
        "CREATE TRIGGER poison BEFORE INSERT ON postings_g1 BEGIN SELECT RAISE(ABORT, 'poison');"
            + " END");
    Result stands = there.talea(run);
    assertEquals(1, stands.exitCode());
    assertTrue(stands.err().contains("Projection 'postings' stands still: "), stands.err());
    assertTrue(stands.err().contains("poison"), stands.err());

    Result missing = there.talea("projection", "run", "postings");
    assertEquals(2, missing.exitCode());
    assertTrue(missing.err().contains("--once"), missing.err());
    Result none = there.talea("projection", "run", "x", "--once", "--url", served.url());
    assertEquals(1, none.exitCode());
    assertTrue(none.err().contains("names 'x', but there are postings"), none.err());
    Result endless = there.talea("projection", "run", "webhooks", "--once", "--url", served.url());
    assertEquals(1, endless.exitCode());
    assertTrue(endless.err().contains("'webhooks' is no projection that"), endless.err());
    Result away = there.talea("projection", "run", "postings", "--once", "--url", "http://[::1]:1");
    assertEquals(1, away.exitCode());
    assertTrue(away.err().contains("is the server running there?"), away.err());
    Result untold = shell.talea("projection", "run", "postings", "--once");
    assertEquals(1, untold.exitCode());
    assertTrue(untold.err().contains("set TALEA_PROJECTION_DB_URL"), untold.err());
  }

  private static void change(String jdbc, String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection(jdbc);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long rows(String jdbc, String table) throws Exception {
    try (Connection connection = DriverManager.getConnection(jdbc);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      assertTrue(row.next());
      return row.getLong(1);
    }
  }

  @Test
  void whatMakesNoSenseIsSaid() {
    Result unknown = shell.talea("projection", "status", "none");
    assertEquals(1, unknown.exitCode());
    assertTrue(unknown.err().startsWith("{\"error\":\"not_found\",\"what\":\"projection none"));
    Result refused = shell.talea("--token", "wrong", "projection", "list");
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("unauthorized"), refused.err());
    assertEquals(2, shell.talea("projection", "skip", "postings", "--book", "b").exitCode());
    assertEquals(
        2,
        shell
            .talea("projection", "skip", "postings", "--book", "b", "--seq", "0", "--why", "x")
            .exitCode());
    assertEquals(2, shell.talea("projection", "verify").exitCode());
  }
}
