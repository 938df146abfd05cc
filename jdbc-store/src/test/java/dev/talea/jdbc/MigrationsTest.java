// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.EventStream;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.conformance.Drafts;
import dev.talea.ledger.service.LedgerService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Making the tables, finding tables one did not make, and moving them elsewhere. */
@Tag("slow")
class MigrationsTest {
  private static final AtomicInteger KEYS = new AtomicInteger();

  @TempDir private Path directory;

  private static SqlLedgerStore open(PostgresTarget target) {
    return SqlLedgerStore.openPostgres(
        target, new SqlStoreSettings(2, 100, 100), SqlStoreObserver.NONE, true);
  }

  private static Posted post(SqlLedgerStore store) {
    String key = "key " + KEYS.incrementAndGet();
    return (Posted)
        store
            .commit("b0", List.of(Drafts.move("b0", key, "p0", "p1", 1, "EUR")), false)
            .join()
            .get(0);
  }

  private static String refusal(PostgresTarget target) {
    return String.valueOf(
        assertThrows(SqlStoreException.class, () -> open(target).close()).getMessage());
  }

  @Test
  void severalOpenAnEmptyDatabaseAtTheSameMoment() throws Exception {
    String database = TestPostgres.ask(TestPostgres.newDatabase(), "SELECT current_database()");
    for (int round = 0; round < 8; round++) {
      PostgresTarget target = TestPostgres.target(database, "round " + round);
      List<FutureTask<SqlLedgerStore>> openings = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        FutureTask<SqlLedgerStore> opening = new FutureTask<>(() -> open(target));
        openings.add(opening);
        new Thread(opening).start();
      }
      List<SqlLedgerStore> stores = new ArrayList<>();
      for (FutureTask<SqlLedgerStore> opening : openings) {
        stores.add(opening.get());
      }
      Traffic.world(stores.get(0));
      for (SqlLedgerStore store : stores) {
        post(store);
      }
      assertEquals(4 + 4, stores.get(3).reads().lastSeq("b0"));
      stores.forEach(SqlLedgerStore::close);
      String schema = "\"round " + round + "\"";
      assertEquals(
          "1", TestPostgres.ask(target, "SELECT count(*) FROM " + schema + ".talea_ledger"));
    }
  }

  @Test
  void aScriptThatWasChangedIsNoticed() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    open(target).close();
    TestPostgres.execute(target, "UPDATE talea_migration SET checksum = 'other'");
    String message = refusal(target);
    assertTrue(message.contains("0001-ledger.sql") && message.contains("checksum other"), message);
  }

  @Test
  void tablesOfANewerVersionAreLeftAlone() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    open(target).close();
    TestPostgres.execute(
        target,
        "INSERT INTO talea_migration (version, name, checksum)"
            + " SELECT max(version) + 1, 'later', 'x' FROM talea_migration");
    String message = refusal(target);
    assertTrue(message.contains("use a newer one"), message);
    TestPostgres.execute(target, "UPDATE talea_migration SET version = 7 WHERE name = 'later'");
    assertTrue(refusal(target).contains("knows of version 7, but not of"));
  }

  @Test
  void aMigrationThatFailsHalfWayLeavesNothing() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    TestPostgres.execute(target, "CREATE TABLE talea_total_at (of_another_program int)");
    assertTrue(refusal(target).contains("\"talea_total_at\" already exists"));
    assertEquals(
        "talea_total_at",
        TestPostgres.ask(
            target,
            "SELECT string_agg(relname, ' ') FROM pg_class"
                + " WHERE relname LIKE 'talea%' AND relkind = 'r'"));
    TestPostgres.execute(target, "DROP TABLE talea_total_at");
    try (SqlLedgerStore store = open(target)) {
      Traffic.world(store);
    }
  }

  @Test
  void aMigrationThatFailsHalfWayLeavesNothingInSqlite() throws Exception {
    Path file = directory.resolve("half.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE talea_total_at (of_another_program int)");
      SqlStoreException e = assertThrows(SqlStoreException.class, () -> openSqlite(file).close());
      assertTrue(String.valueOf(e.getMessage()).contains("talea_total_at already exists"));
      assertEquals(1, tables(statement));
      statement.execute("DROP TABLE talea_total_at");
    }
    try (SqlLedgerStore store = openSqlite(file)) {
      Traffic.world(store);
      post(store);
    }
  }

  private static SqlLedgerStore openSqlite(Path file) {
    return SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
  }

  private static int tables(Statement statement) throws SQLException {
    try (var row =
        statement.executeQuery("SELECT count(*) FROM sqlite_schema WHERE type = 'table'")) {
      return row.getInt(1);
    }
  }

  @Test
  void aSchemaMayHaveAnyName() throws Exception {
    String database = TestPostgres.ask(TestPostgres.newDatabase(), "SELECT current_database()");
    for (String schema : List.of("Mixed Case", "select", "läger$1", "it's", "back\\slash", "q?")) {
      PostgresTarget target = TestPostgres.target(database, schema);
      for (int round = 0; round < 2; round++) {
        try (SqlLedgerStore store = open(target)) {
          Traffic.world(store);
          post(store);
          Traffic.audit(store, List.of());
        }
      }
    }
    assertEquals(
        "0",
        TestPostgres.ask(
            TestPostgres.target(database, null),
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
  }

  @Test
  void twoLedgersInOneDatabaseDoNotHearEachOther() throws Exception {
    String database = TestPostgres.ask(TestPostgres.newDatabase(), "SELECT current_database()");
    AtomicInteger calls = new AtomicInteger();
    try (SqlLedgerStore one = open(TestPostgres.target(database, "one"));
        SqlLedgerStore two = open(TestPostgres.target(database, "two"));
        SqlLedgerStore alsoTwo = open(TestPostgres.target(database, "two"))) {
      Traffic.world(one);
      Traffic.world(two);
      try (EventStream ofTwo = new LedgerService(alsoTwo, Runnable::run).subscribe("b0", 5)) {
        // The first look at a book comes without an advance.
        post(two);
        assertNotNull(ofTwo.poll(Duration.ofSeconds(10)));
        var watch = alsoTwo.reads().watch("b0", calls::incrementAndGet);
        post(two);
        Event event = ofTwo.poll(Duration.ofSeconds(10));
        assertNotNull(event);
        Thread.sleep(3_500); // over the next look at everything that is watched
        int before = calls.get();
        for (int i = 0; i < 50; i++) {
          post(one);
        }
        assertNull(ofTwo.poll(Duration.ofMillis(500)));
        assertEquals(before, calls.get(), "heard of the other ledger");
        assertEquals(4 + 2, two.reads().lastSeq("b0"));
        watch.close();
      }
    }
  }

  /** The tables are all there is to a ledger: copied by the server's own means they are it. */
  @Test
  void aCopyOfTheDatabaseIsTheSameLedger() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String database = TestPostgres.ask(target, "SELECT current_database()");
    List<Event> events;
    try (SqlLedgerStore store = open(target)) {
      Traffic.world(store);
      for (int i = 0; i < 20; i++) {
        post(store);
      }
      events = Traffic.events(store, "b0");
    }
    TestPostgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
            .formatted(database));
    TestPostgres.execute("CREATE DATABASE copy TEMPLATE " + database);
    try (SqlLedgerStore store = open(TestPostgres.target("copy", null))) {
      assertEquals(events, Traffic.events(store, "b0"));
      post(store);
      store.openAccount(Drafts.account("new book", "p", "EUR")).join();
      Traffic.audit(store, List.of());
      assertNotEquals(0, store.reads().lastSeq("new book"));
    }
  }

  @Test
  void aBackupOfASqliteFileIsTheSameLedger() throws Exception {
    Path file = directory.resolve("ledger.db");
    Path copy = directory.resolve("copy.db");
    try (SqlLedgerStore store = openSqlite(file)) {
      Traffic.world(store);
      for (int i = 0; i < 20; i++) {
        post(store);
      }
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = connection.createStatement()) {
        statement.execute("VACUUM INTO '" + copy + "'");
      }
      List<Event> events = Traffic.events(store, "b0");
      try (SqlLedgerStore other = openSqlite(copy)) {
        assertEquals(events, Traffic.events(other, "b0"));
        post(other);
        Traffic.audit(other, List.of());
      }
      assertTrue(Files.size(copy) > 0);
    }
  }

  /** The user that the program runs as need not be the one that may make tables. */
  @Test
  void aRoleThatMayOnlyUseTheTablesCanUseThem() throws Exception {
    PostgresTarget owner = TestPostgres.newDatabase();
    String database = TestPostgres.ask(owner, "SELECT current_database()");
    try (SqlLedgerStore store = open(owner)) {
      Traffic.world(store);
    }
    TestPostgres.execute("CREATE ROLE clerk LOGIN");
    TestPostgres.execute(owner, "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO clerk");
    TestPostgres.execute(owner, "GRANT UPDATE ON talea_book, talea_total TO clerk");
    TestPostgres.execute(owner, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    PostgresTarget clerk =
        PostgresUrl.parse(
                "test", "postgres://clerk@localhost:" + TestPostgres.port() + "/" + database)
            .target("test");
    try (SqlLedgerStore store = open(clerk)) {
      post(store);
      Traffic.audit(store, List.of());
    }
  }
}
