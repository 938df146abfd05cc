// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.Reject;
import dev.talea.reconcile.row.RowSink;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class SqlSourceTest {
  private static final String PROFILE =
      """
      {"name": "p", "format": "sql", "amount": {"column": "amount"}, "asset": "EUR",
       "fields": [{"name": "reference", "column": "ref"}]}
      """;

  @SuppressWarnings("NullAway.Init") // before all
  private static EmbeddedPostgres server;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException, SQLException {
    server = EmbeddedPostgres.builder().start();
    run(
        "CREATE TABLE t (ref text, amount numeric(20,4))",
        "INSERT INTO t SELECT 'r' || g, g FROM generate_series(1, 20000) g",
        "CREATE TABLE types (id int, amount numeric, d date, ts timestamp, tz timestamptz, u uuid,"
            + " j jsonb, b bytea, yes boolean, n bigint, f float8, txt text, arr int[])",
        "INSERT INTO types VALUES (1, 1234.50, '2026-01-31', '2026-07-01 12:00:00.123456',"
            + " '2026-07-01 12:00:00.5+02', '0190d3a5-1c2d-7000-8000-000000000001', '{\"a\": 1}',"
            + " '\\xdeadbeef', true, 9223372036854775807, 0.1, 'M\u00fcller', '{1,2}')",
        "INSERT INTO types (id, amount) VALUES (2, 0)",
        "INSERT INTO types (id, amount) VALUES (3, 0.005), (4, 'NaN'),"
            + " (5, 1701411834604692317316873037158841057.28),"
            + " (6, 1701411834604692317316873037158841057.27)",
        "INSERT INTO types (id, amount, d) VALUES (7, 1, 'infinity')",
        "INSERT INTO types (id) VALUES (8)");
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  private static Connection connect() throws SQLException {
    return server.getPostgresDatabase().getConnection();
  }

  private static void run(String... statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  private static SqlSource source(String query, String profile) {
    return new SqlSource(SqlSourceTest::connect, query, ProfileJson.read(profile.getBytes(UTF_8)));
  }

  private static String refusal(SqlSource source) {
    return String.valueOf(assertThrows(IOException.class, () -> Collected.of(source)).getMessage());
  }

  private static final String TYPES =
      """
      {"name": "p", "format": "sql", "amount": {"column": "amount"}, "asset": "EUR",
       "dates": {"zone": "Europe/Prague"},
       "fields": [
         {"name": "id", "column": "id", "type": "integer"}, {"name": "date", "column": "d"},
         {"name": "local", "column": "ts", "type": "time"}, {"name": "time", "column": "tz"},
         {"name": "u", "column": "u"}, {"name": "j", "column": "j"}, {"name": "b", "column": "b"},
         {"name": "yes", "column": "yes", "type": "boolean"},
         {"name": "n", "column": "n", "type": "integer"}, {"name": "f", "column": "f"},
         {"name": "counterparty", "column": "txt"}, {"name": "arr", "column": "arr"},
         {"name": "day", "column": "tz", "type": "date"}, {"name": "tztext", "column": "tz"},
         {"name": "num", "column": "amount"}]}
      """;

  /** Section 8: NULL for numeric, date, uuid columns, which a driver's text would be. */
  @Test
  void allTypesAreKeptAndNullIsNullOnly() throws IOException {
    SqlSource source = source("SELECT * FROM types ORDER BY id", TYPES);
    Collected collected = Collected.of(source);
    assertEquals(
        "1 [123450, EUR, 1, 2026-01-31, 2026-07-01T10:00:00.123456Z, 2026-07-01T10:00:00.500Z,"
            + " 0190d3a5-1c2d-7000-8000-000000000001, {\"a\": 1}, deadbeef, true,"
            + " 9223372036854775807, 0.1, M\u00fcller, {1,2}, 2026-07-01,"
            + " 2026-07-01T10:00:00.500Z, 1234.50]",
        collected.rows.get(0));
    assertEquals(
        "2 [0, EUR, 2, null, null, null, null, null, null, null, null, null, null, null, null,"
            + " null, 0]",
        collected.rows.get(1));
    assertEquals(Int128.MAX, collected.values.get(2).get(0));
    assertEquals(
        """
        ! 3 amount is "0.005", which has 3 fraction digits, the profile's scale is 2
        ! 4 amount is "NaN", which is no number
        ! 5 amount is "1701411834604692317316873037158841057.28", which is beyond 2^127-1 minor \
        units, the largest amount there is
        ! 7 date is "infinity", which is no day of a calendar
        ! 8 amount is null""",
        collected.text().substring(collected.text().indexOf("! 3")));
    assertEquals(Int128.of(100), collected.rejects.get(3).amount());
    assertEquals(
        "{database=PostgreSQL, profile_sha256="
            + source.facts().facts().get("profile_sha256")
            + ", query=SELECT * FROM types ORDER BY id, rows=8}",
        source.facts().facts().toString());
  }

  /** Section 8: binary floats for money. */
  @Test
  void binaryFloatsAreNoAmounts() {
    String said = refusal(source("SELECT f AS amount, txt AS ref FROM types", PROFILE));
    assertTrue(said.contains("column amount of the query is float8, a binary fraction"), said);
  }

  /** Section 8: an unsnapshotted paging of a live table. */
  @Test
  void aTableThatChangesWhileItIsReadIsReadAsItWas() throws IOException {
    SqlSource source = source("SELECT ref, amount FROM t", PROFILE);
    Set<@Nullable Object> seen = new HashSet<>();
    int[] rows = {0};
    source.read(
        new RowSink() {
          @Override
          public void row(long line, @Nullable Object[] values) {
            seen.add(values[0]);
            if (rows[0]++ % 4_000 == 10) {
              try {
                run(
                    "INSERT INTO t VALUES ('late', 5000000 + " + rows[0] + ")",
                    "UPDATE t SET amount = amount + 1000000 WHERE amount = 19999.0 + "
                        + rows[0] % 2,
                    "DELETE FROM t WHERE amount = 15000 + " + rows[0]);
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            }
          }

          @Override
          public void reject(Reject reject) {
            throw new AssertionError(reject.toString());
          }
        });
    assertEquals(20_000, rows[0]);
    for (int i = 1; i <= 20_000; i++) {
      assertTrue(seen.contains(Int128.of(100L * i)), "row " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM types",
        "",
        "SELECT 1; DELETE FROM types",
        "COMMIT; DELETE FROM types",
        "SELECT 'a\\'; DELETE FROM types; --'",
        "SELECT 1 --\r; DELETE FROM types",
        "SELECT $a$ $b$ $a$; DELETE FROM types --$b$",
        "SELECT 'open",
        "CALL something()",
        "SET transaction_read_only = off"
      })
  void moreThanOneStatementOrOneThatIsNoQueryIsRefused(String query) {
    String said = refusal(source(query, PROFILE));
    assertTrue(said.startsWith("the query "), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "WITH gone AS (DELETE FROM types RETURNING *) SELECT amount, txt AS ref FROM gone",
        "SELECT amount, txt AS ref FROM types FOR UPDATE",
        "SELECT 1 AS amount, set_config('transaction_read_only', 'off', false) AS ref",
        "SELECT nextval('seq') AS amount, '' AS ref",
        "SELECT lo_create(4711) AS amount, '' AS ref",
        "SELECT amount, ref INTO stolen FROM t"
      })
  void whatWritesIsRefusedByTheDatabase(String query) throws SQLException {
    run("CREATE SEQUENCE IF NOT EXISTS seq");
    assertTrue(refusal(source(query, PROFILE)).startsWith("the database refuses the query"));
  }

  @Test
  void commentsAndOneSemicolonAtTheEndDoNoHarm() throws IOException {
    String query = "/* a; */ SELECT 1 AS amount, 'x;y' AS ref -- ; b\n;";
    assertEquals("1 [100, EUR, x;y]", Collected.of(source(query, PROFILE)).text());
  }

  @Test
  void whatDoesNotFitIsNamed() {
    assertTrue(
        refusal(source("SELECT amount, txt AS reff FROM types", PROFILE))
            .contains("did you mean \"reff\"?"));
    assertTrue(refusal(source("SELECT amount FROM nowhere", PROFILE)).contains("nowhere"));
    SqlSource nowhere =
        new SqlSource(
            () -> {
              throw new SQLException("jdbc:postgresql://h/d?password=secret refused", "08001");
            },
            "SELECT 1",
            ProfileJson.read(PROFILE.getBytes(UTF_8)));
    IOException e = assertThrows(IOException.class, () -> Collected.of(nowhere));
    assertTrue(String.valueOf(e.getMessage()).contains("SQLState 08001"));
    assertFalse((e + " " + e.getCause()).contains("secret"));
  }

  /** Section 8: zero-row sources that abort. */
  @Test
  void aQueryWithoutRowsIsNoError() throws IOException {
    SqlSource source = source("SELECT ref, amount FROM t WHERE false", PROFILE);
    assertEquals("", Collected.of(source).text());
    assertEquals("0", source.facts().facts().get("rows"));
  }

  @Test
  void sqliteIsReadInOneTransactionAndItsValuesHaveTypesOfTheirOwn() throws Exception {
    String url = "jdbc:sqlite:" + folder.resolve("shop.db");
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE p (ref, amount, day, paid, data)");
      statement.execute(
          "INSERT INTO p VALUES ('a', 5, '2026-01-31', 1, x'00ff'), ('b', '12.50', NULL, 0, 'x'),"
              + " ('c', 0.1, NULL, NULL, NULL), (NULL, NULL, '2026-13-01', 2, NULL)");
    }
    String profile =
        """
        {"name": "p", "format": "sql", "amount": {"column": "amount"}, "asset": "EUR",
         "fields": [{"name": "reference", "column": "ref"}, {"name": "date", "column": "day"},
           {"name": "paid", "column": "paid", "type": "boolean"},
           {"name": "data", "column": "data"}]}
        """;
    SqlConnector connector = () -> DriverManager.getConnection(url);
    SqlSource source =
        new SqlSource(connector, "SELECT * FROM p", ProfileJson.read(profile.getBytes(UTF_8)));
    assertEquals(
        """
        1 [500, EUR, a, 2026-01-31, true, 00ff]
        2 [1250, EUR, b, null, false, x]
        ! 3 amount is "0.1", a binary fraction or no number at all
        ! 4 amount is null""",
        Collected.of(source).text());
    assertEquals("SQLite", source.facts().facts().get("database"));
    SqlSource writer =
        new SqlSource(
            connector,
            "WITH x AS (SELECT 1) INSERT INTO p (ref) SELECT 'w' FROM x RETURNING 1 AS amount",
            ProfileJson.read(profile.getBytes(UTF_8)));
    assertTrue(refusal(writer).startsWith("the database refuses the query"));
  }
}
