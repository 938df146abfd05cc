// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.Watches;
import dev.talea.ledger.conformance.Drafts;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGProperty;

/**
 * How the databases go about our statements when there is much of everything: by look-ups, never by
 * walking or sorting what grows with history.
 */
@Tag("slow")
class PlansTest {
  private static final int TRANSACTIONS = 100_000;
  private static final int ACCOUNTS = 20_000;
  private static final String GROWING =
      "talea_(transaction|posting|commit|total_at|account|book|total)";
  private static final Pattern SEQ_SCAN = Pattern.compile("Seq Scan on (" + GROWING + ")\\b");
  private static final Pattern COST = Pattern.compile("cost=[0-9.]+\\.\\.([0-9.]+)");

  /** Rows are read and thrown away; what is read with a bound set by an index is no such thing. */
  private static final Pattern FILTER = Pattern.compile("\\n\\s*Filter: ");

  private static final Pattern INDEX_SCAN =
      Pattern.compile(
          "(Index Scan|Index Only Scan)( Backward)? using \\S+ on " + GROWING + ".*\\n\\s*(.*)\\n");

  @TempDir private Path directory;

  private static SqlLedgerStore open(PostgresTarget target) {
    return SqlLedgerStore.openPostgres(
        target, new SqlStoreSettings(2, 100, 100), SqlStoreObserver.NONE, true);
  }

  /** A world and a posting, which those that are made in bulk are copies of. */
  private static void begin(SqlLedgerStore store) {
    Traffic.world(store);
    post(store, "first");
  }

  private static void post(SqlLedgerStore store, String key) {
    assertInstanceOf(
        Posted.class,
        store
            .commit("b0", List.of(Drafts.move("b0", key, "p0", "p1", 1, "EUR")), false)
            .join()
            .get(0));
  }

  /**
   * As if so much had been posted to b0, a hundred at a time.
   *
   * @param numbers a table called g with a column n from 1 to what is asked for
   * @param id makes an id of a number
   */
  private static List<String> growth(UnaryOperator<String> numbers, String id) {
    String book = "(SELECT book_id FROM talea_book WHERE name = 'b0')";
    String from = " FROM talea_book b, " + numbers.apply("" + TRANSACTIONS);
    String every = " AND g.n % 100 = 0";
    return List.of(
        "INSERT INTO talea_transaction (book_id, seq, at, tx_id, idempotency_key, draft)"
            + " SELECT b.book_id, b.last_seq + g.n, b.last_at + g.n / 100, "
            + id
            + ", 'bulk ' || g.n, (SELECT t.draft FROM talea_transaction t WHERE t.idempotency_key ="
            + " 'first')"
            + from
            + " WHERE b.name = 'b0'",
        "INSERT INTO talea_posting (book_id, account_seq, seq, ordinal, amount, balance)"
            + " SELECT b.book_id, a.account_seq, b.last_seq + g.n, 0,"
            + " CASE a.path WHEN 'p0' THEN -1 ELSE 1 END, CASE a.path WHEN 'p0' THEN -1 ELSE 1 END"
            + " * (g.n + 1)"
            + from
            + ", talea_account a WHERE b.name = 'b0' AND a.book_id = b.book_id"
            + " AND a.path IN ('p0', 'p1')",
        "INSERT INTO talea_commit (book_id, at, last_seq)"
            + " SELECT b.book_id, b.last_at + g.n / 100, b.last_seq + g.n"
            + from
            + " WHERE b.name = 'b0'"
            + every,
        "INSERT INTO talea_total_at (book_id, asset_seq, seq, debits, credits)"
            + " SELECT b.book_id, 1, b.last_seq + g.n, g.n + 1, g.n + 1"
            + from
            + " WHERE b.name = 'b0'"
            + every,
        "UPDATE talea_total SET debits = debits + %d, credits = credits + %d WHERE book_id = %s"
            .formatted(TRANSACTIONS, TRANSACTIONS, book),
        "UPDATE talea_book SET last_seq = last_seq + %d, last_at = last_at + %d WHERE name = 'b0'"
            .formatted(TRANSACTIONS, TRANSACTIONS / 100),
        "INSERT INTO talea_account (book_id, account_seq, at, path, asset_seq, kind)"
            + " SELECT b.book_id, b.last_seq + g.n, b.last_at, 'bulk ' || g.n, 1, 'asset'"
            + " FROM talea_book b, "
            + numbers.apply("" + ACCOUNTS)
            + " WHERE b.name = 'b0'",
        "INSERT INTO talea_commit (book_id, at, last_seq)"
            + " SELECT b.book_id, b.last_at, b.last_seq + "
            + ACCOUNTS
            + " FROM talea_book b WHERE b.name = 'b0'",
        "UPDATE talea_book SET last_seq = last_seq + %d, accounts = accounts + %d WHERE name = 'b0'"
            .formatted(ACCOUNTS, ACCOUNTS),
        "INSERT INTO talea_book (name, last_seq, last_at, accounts)"
            + " SELECT 'bulk ' || g.n, 1, 1, 1 FROM "
            + numbers.apply("" + ACCOUNTS));
  }

  private static void grow(PostgresTarget target) throws SQLException {
    for (String each :
        growth(count -> "generate_series(1, " + count + ") AS g(n)", "gen_random_uuid()")) {
      TestPostgres.execute(target, each);
    }
  }

  @Test
  void postgresLooksUp() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    try (SqlLedgerStore store = open(target)) {
      begin(store);
    }
    grow(target);
    TestPostgres.execute(target, "ANALYZE");
    assertPostgresLooksUp(target, "analysed");
  }

  private static List<String> readStatements() {
    // Of a database that is never asked.
    StoreTime time = SystemTime.MACHINE;
    SqlStoreSettings settings = SqlStoreSettings.DEFAULTS;
    Database nowhere =
        new SqliteDatabase(Path.of("nowhere"), settings, SqliteClock.ofMachine(settings), time);
    StoreHealth health = new StoreHealth((book, now) -> {});
    Questions questions =
        new StoreQuestions(
            new Connections(nowhere, time), new HealthKeeper(health, () -> {}, time), at -> {});
    Watches watches = new Watches((book, e) -> {});
    return new SqlHistory(UnaryOperator.identity(), questions, health, watches)
        .statements().stream().map(Query::sql).toList();
  }

  /** Every statement, as the sessions of the store have it prepared. */
  private static void assertPostgresLooksUp(PostgresTarget target, String state) throws Exception {
    PostgresStatements writer = PostgresStatements.of(sql -> sql);
    List<String> statements = new ArrayList<>(readStatements());
    Stream.of(
            writer.lock(),
            writer.keys(),
            writer.accounts(),
            writer.assets(),
            writer.updateBook(),
            writer.updateTotals(),
            writer.insertPostings())
        .map(Query::sql)
        .forEach(statements::add);
    Properties simple = target.properties();
    simple.setProperty(PGProperty.PREFER_QUERY_MODE.getName(), "simple"); // $1 stays as it is
    try (Connection connection = DriverManager.getConnection(target.jdbcUrl(), simple);
        Statement ask = connection.createStatement()) {
      ask.execute(PostgresDatabase.readingSession());
      ask.execute("SET plan_cache_mode = force_generic_plan");
      int number = 0;
      for (String sql : statements) {
        ask.execute("PREPARE s" + ++number + " AS " + numbered(sql));
        int parameters = (int) sql.chars().filter(c -> c == '?').count();
        String nulls = String.join(", ", Collections.nCopies(parameters, "NULL"));
        String plan =
            plan(ask, "EXPLAIN EXECUTE s" + number + (parameters == 0 ? "" : "(" + nulls + ")"));
        assertLooksUp(plan, sql.contains("LIMIT ?"), state + ": " + sql + "\n" + plan);
      }
    }
  }

  /**
   * @param inOrder whether the statement asks for rows in order, which an index must give it
   */
  private static void assertLooksUp(String plan, boolean inOrder, String told) {
    assertFalse(plan.contains("JIT"), told);
    assertFalse(plan.contains("Disabled"), told);
    assertFalse(plan.contains("Gather"), told);
    Matcher cost = COST.matcher(plan);
    assertTrue(cost.find(), told);
    do {
      assertTrue(Double.parseDouble(cost.group(1)) < 1e9, told);
    } while (cost.find());
    assertFalse(SEQ_SCAN.matcher(plan).find(), told);
    Matcher indexScan = INDEX_SCAN.matcher(plan);
    while (indexScan.find()) {
      assertTrue(indexScan.group(4).startsWith("Index Cond"), told);
    }
    assertFalse(FILTER.matcher(plan).find(), told);
    if (inOrder) {
      assertFalse(plan.contains("Sort"), told);
    }
  }

  /** Servers as they are packaged: ours have no compiler, a distribution's has. */
  static Stream<Named<Integer>> servers() {
    Stream<Named<Integer>> ours = Stream.of(Named.of("embedded", TestPostgres.port()));
    Integer packaged = PackagedPostgres.port();
    return packaged == null ? ours : Stream.concat(ours, Stream.of(Named.of("packaged", packaged)));
  }

  /**
   * Plans are made when the tables are tiny, and when they have grown before they were analysed the
   * first time, which may be a minute and a million rows later. In both cases no statement may walk
   * a book, and none may be so dear that the server compiles it.
   */
  @ParameterizedTest
  @MethodSource("servers")
  void postgresLooksUpBeforeTheTablesAreAnalysed(int port) throws Exception {
    String database = "plans" + TestPostgres.number();
    TestPostgres.execute(
        TestPostgres.target(port, "postgres", null), "CREATE DATABASE " + database);
    PostgresTarget target = TestPostgres.target(port, database, null);
    try (SqlLedgerStore store = open(target)) {
      begin(store);
    }
    neverAnalyse(target);
    assertPostgresLooksUp(target, "tiny");
    grow(target);
    assertPostgresLooksUp(target, "grown");
    try (SqlLedgerStore store = open(target)) {
      useEverything(store, "large ");
    }
  }

  @ParameterizedTest
  @MethodSource("servers")
  void sessionsDoNotCompileStatementsAndHaveTimeLimits(int port) throws Exception {
    PostgresTarget target = TestPostgres.target(port, "postgres", "limits" + TestPostgres.number());
    PostgresDatabase database =
        new PostgresDatabase(target, SqlStoreSettings.DEFAULTS, SystemTime.MACHINE);
    try (Connection reader = database.reader();
        Statement ask = reader.createStatement()) {
      assertEquals("off", setting(ask, "jit"));
      assertEquals("off", setting(ask, "enable_seqscan"));
      assertEquals("force_generic_plan", setting(ask, "plan_cache_mode"));
      assertEquals("2s", setting(ask, "lock_timeout"));
      assertEquals("8s", setting(ask, "statement_timeout"));
    } finally {
      database.close();
    }
  }

  private static String setting(Statement ask, String name) throws SQLException {
    try (ResultSet row = ask.executeQuery("SHOW " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void neverAnalyse(PostgresTarget target) throws SQLException {
    TestPostgres.execute(
        target,
        "DO $$DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class WHERE relkind = 'r' AND"
            + " relname ~ '^talea' LOOP EXECUTE 'ALTER TABLE ' || t || ' SET (autovacuum_enabled ="
            + " off)'; END LOOP; END$$");
  }

  private static String numbered(String sql) {
    StringBuilder numbered = new StringBuilder();
    int number = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      numbered.append(c == '?' ? "$" + ++number : String.valueOf(c));
    }
    return numbered.toString();
  }

  private static String plan(Statement ask, String sql) throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (ResultSet row = ask.executeQuery(sql)) {
      while (row.next()) {
        plan.append(row.getString(row.getMetaData().getColumnCount())).append('\n');
      }
    }
    return plan.toString();
  }

  /**
   * A plan made when the tables fitted into a page is kept for as long as they are not analysed: it
   * must be one that stays right.
   */
  @Test
  void postgresGoesOnLookingUpWhileTheTablesGrow() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String scanned =
        "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname ~ '^" + GROWING + "$'";
    String before;
    try (SqlLedgerStore store = open(target)) {
      begin(store);
      neverAnalyse(target);
      TestPostgres.execute(target, "ANALYZE");
      useEverything(store, "small ");
      grow(target);
      TestPostgres.execute(target, "SELECT pg_stat_force_next_flush()");
      before = TestPostgres.ask(target, scanned);
      useEverything(store, "large ");
    }
    // What the sessions of the store have counted is added up at the latest when they end.
    long until = System.nanoTime() + 5_000_000_000L;
    while (!TestPostgres.ask(
            target,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name LIKE 'talea%' AND pid <> pg_backend_pid()")
        .equals("0")) {
      assertTrue(System.nanoTime() < until);
      Thread.sleep(10);
    }
    long rows = Long.parseLong(TestPostgres.ask(target, scanned)) - Long.parseLong(before);
    assertTrue(rows < 10_000, "walked over " + rows + " rows");
  }

  /** Often enough for everything to have been prepared on the server, with a plan that stays. */
  private static void useEverything(SqlLedgerStore store, String name) {
    AccountId account = new AccountId("b0", "p0");
    Instant past = Instant.parse("2026-01-01T00:00:00Z");
    for (int i = 0; i < 15; i++) {
      post(store, name + i);
      long last = store.reads().lastSeq("b0");
      Instant now =
          store.reads().balance(account, null).asOf() == null ? past.plusSeconds(i) : past;
      store.reads().balance(account, now);
      store.reads().account(account);
      store.reads().trialBalance("b0", null);
      store.reads().trialBalance("b0", now.plusSeconds(1L << 32));
      store.reads().history(account, last - 10, 5, Integer.MAX_VALUE);
      store.reads().transactions("b0", last - 1, 5, 1 << 20);
      store.reads().events("b0", last - 1, 5, 1 << 20);
      store.reads().transactionByKey("b0", name + i);
      store
          .reads()
          .transaction(
              store.reads().transactions("b0", last - 1, 1, 1 << 20).items().get(0).txId());
      store.reads().accounts("b0", "p", null, 3);
      store.reads().accounts("b0", "p", "p1", 3);
      store.reads().books("b", 3);
      store.reads().book("b0");
      store.openAccount(Drafts.account("b0", name + i, "EUR")).join();
    }
  }

  @Test
  void sqliteLooksUp() throws Exception {
    Path file = directory.resolve("ledger.db");
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      begin(store);
    }
    // Without statistics, as nearly always; then with those of much, as an operator may have made.
    for (boolean analysed : new boolean[] {false, true}) {
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement ask = connection.createStatement()) {
        if (analysed) {
          ask.execute("BEGIN");
          for (String each :
              growth(
                  count ->
                      "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < "
                          + count
                          + ") SELECT n FROM c) AS g",
                  "lower(hex(randomblob(16)))")) {
            ask.execute(each);
          }
          ask.execute("COMMIT");
          ask.execute("ANALYZE");
        }
        Set<String> statements = new LinkedHashSet<>(readStatements());
        SqliteSession.statements().forEach(query -> statements.add(query.sql()));
        assertTrue(statements.size() > 25, statements::toString);
        for (String sql : statements) {
          String plan = plan(ask, "EXPLAIN QUERY PLAN " + sql);
          // s is the assets, of which the statistics say that there is one.
          assertFalse(plan.matches("(?s).*SCAN (?!CONSTANT|s\\b).*"), () -> sql + "\n" + plan);
          assertFalse(plan.contains("TEMP B-TREE"), () -> sql + "\n" + plan);
        }
      }
    }
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      useEverything(store, "large ");
      assertEquals(
          TRANSACTIONS + 16,
          store.reads().balance(new AccountId("b0", "p1"), null).effective().toLong());
    }
  }
}
