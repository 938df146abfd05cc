// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.Outage;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.StoreHealth;
import dev.talea.ledger.conformance.Drafts;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A store says why it takes no writes, while it does not, and no longer. */
@Tag("slow")
class HealthTest {
  private static final long YEARS = 200L * 365 * 24 * 3600 * 1_000_000;

  @TempDir private Path directory;
  private int drafts;

  private void post(SqlLedgerStore store) {
    assertInstanceOf(
        Posted.class,
        store
            .commit("b0", List.of(Drafts.move("b0", "k" + drafts++, "p0", "p1", 1, "EUR")), false)
            .join()
            .get(0)
            .orThrow());
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static Outage down(SqlLedgerStore store, Outage.Cause cause) {
    Outage outage = store.check();
    assertNotNull(outage);
    assertEquals(cause, outage.cause());
    assertEquals(outage, store.reads().health().ofStore());
    return outage;
  }

  /** No caller has to come and write: those that were sent away do not. */
  private static void healsByItself(SqlLedgerStore store) {
    await(() -> store.reads().health().ofStore() == null && store.check() == null);
  }

  @Test
  void aDatabaseThatIsAwayIsSaidAndSoIsItsReturn() throws Exception {
    PostgresTarget direct = TestPostgres.newDatabase();
    String database = TestPostgres.ask(direct, "SELECT current_database()");
    try (TcpProxy proxy = new TcpProxy(TestPostgres.port());
        SqlLedgerStore store =
            SqlLedgerStore.openPostgres(
                TestPostgres.target(
                    proxy.port(), database, null, "sslmode=disable&socketTimeout=1"),
                SqlStoreSettings.DEFAULTS,
                SqlStoreObserver.NONE,
                true)) {
      Traffic.world(store);
      post(store);
      assertNull(store.check());
      proxy.fallSilent();
      assertNotNull(store.check(), "it is silent");
      assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
      Outage outage = down(store, Outage.Cause.DATABASE);
      assertEquals("the database is not to be reached", outage.reason());
      proxy.speak();
      healsByItself(store);
      post(store);
    }
  }

  private static boolean saysReadOnly(@Nullable Outage outage) {
    return outage != null && outage.reason().contains("read-only");
  }

  @Test
  void aStandbyIsNoPlaceForWrites() throws Exception {
    PostgresTarget target = TestPostgres.newDatabase();
    String database = TestPostgres.ask(target, "SELECT current_database()");
    try (SqlLedgerStore store =
        SqlLedgerStore.openPostgres(
            target, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true)) {
      Traffic.world(store);
      post(store);
      // What a session of a standby finds; those that are open are ended, as in a failover.
      TestPostgres.execute(
          "ALTER DATABASE " + database + " SET default_transaction_read_only = on");
      TestPostgres.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
              + database
              + "'");
      await(() -> saysReadOnly(store.check()));
      down(store, Outage.Cause.DATABASE);
      TestPostgres.execute("ALTER DATABASE " + database + " RESET default_transaction_read_only");
      TestPostgres.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
              + database
              + "'");
      healsByItself(store);
      post(store);
    }
  }

  @Test
  void writesThatFailWhileReadsWorkAreSaid() throws Exception {
    PostgresTarget owner = TestPostgres.newSchema();
    try (SqlLedgerStore store =
        SqlLedgerStore.openPostgres(
            owner, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true)) {
      Traffic.world(store);
      String table = '"' + String.valueOf(owner.schema()) + "\".talea_book";
      TestPostgres.execute(
          owner,
          "CREATE FUNCTION "
              + '"'
              + owner.schema()
              + "\".no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full' USING"
              + " ERRCODE = '53100'; END $$;"
              + "CREATE TRIGGER no BEFORE UPDATE ON "
              + table
              + " FOR EACH ROW EXECUTE FUNCTION \""
              + owner.schema()
              + "\".no()");
      assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
      // Reads work, writes do not.
      Outage outage = down(store, Outage.Cause.SPACE);
      assertEquals("the disk of the database is full", outage.reason());
      store.reads().trialBalance("b0", null);
      assertEquals(
          List.of(outage.reason(), outage.reason(), outage.reason()),
          store.reads().books(null, 10).items().stream()
              .filter(view -> !view.book().equals("_system"))
              .map(BookView::unavailable)
              .toList());
      TestPostgres.execute(owner, "DROP TRIGGER no ON " + table);
      healsByItself(store);
      post(store);
    }
  }

  @Test
  void aFileThatIsLockedForLongIsSaid() throws Exception {
    Path file = directory.resolve("ledger.db");
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      Traffic.world(store);
      post(store);
      try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
        Outage outage = down(store, Outage.Cause.DATABASE);
        assertEquals("another process holds the file of the ledger", outage.reason());
        statement.execute("COMMIT");
      }
      healsByItself(store);
      post(store);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "53100, SPACE",
    "53300, SHORTAGE",
    "53200, SHORTAGE",
    "25006, DATABASE",
    "42501, PERMISSION",
    "28P01, PERMISSION",
    "3D000, PERMISSION",
    "08006, DATABASE",
    "57P03, DATABASE",
    "42P01, DATABASE",
    "XX001, DAMAGE"
  })
  void eachStateHasItsCause(String state, Outage.Cause cause) {
    Outage outage = Outages.ofWrite(new SQLException("at /var/lib/x on host h", state));
    assertNotNull(outage);
    assertEquals(cause, outage.cause());
    assertFalse(outage.reason().contains("/"), outage.reason());
    assertTrue(outage.detail().contains("/var/lib/x"), outage.detail());
  }

  @ParameterizedTest
  @CsvSource({
    "SQLITE_FULL, SPACE", "SQLITE_READONLY_DIRECTORY, PERMISSION", "SQLITE_CANTOPEN, PERMISSION",
    "SQLITE_CORRUPT_INDEX, DAMAGE", "SQLITE_NOTADB, DAMAGE", "SQLITE_BUSY, DATABASE",
    "SQLITE_IOERR_FSYNC, DATABASE"
  })
  void eachCodeOfSqliteHasItsCause(SQLiteErrorCode code, Outage.Cause cause) {
    Outage outage = Outages.ofWrite(new SQLiteException("at /var/lib/x", code));
    assertNotNull(outage);
    assertEquals(cause, outage.cause());
    assertFalse(outage.reason().contains("/"), outage.reason());
  }

  @ParameterizedTest
  @CsvSource({"23505", "55P03", "57014", "42601"})
  void whatConcernsOneRequestIsNoOutage(String state) {
    assertNull(Outages.ofWrite(new SQLException("x", state)));
    assertNull(Outages.ofRead(new SQLException("x", state)));
  }

  @Test
  void troubleIsLookedAtUntilItIsOver() {
    AtomicInteger failures = new AtomicInteger(2);
    StoreHealth health = new StoreHealth((book, now) -> {});
    try (HealthKeeper keeper =
        new HealthKeeper(
            health,
            () -> {
              if (failures.getAndDecrement() > 0) {
                throw new SQLException("x", "08006");
              }
            },
            SystemTime.MACHINE)) {
      keeper.writeFailed(new SQLException("x", "08006"));
      assertNotNull(health.ofStore());
      await(() -> health.ofStore() == null);
      assertEquals(-1, failures.get());
    }
  }

  private SqlLedgerStore withClock(AtomicLong wall) {
    long boot = SystemTime.MACHINE.nanos();
    return SqlLedgerStore.openSqlite(
        directory.resolve("ledger.db"),
        SqlStoreSettings.DEFAULTS,
        SqlStoreObserver.NONE,
        new SqliteClock(
            wall::get,
            SystemTime.MACHINE::nanos,
            () -> (SystemTime.MACHINE.nanos() - boot) / 1_000,
            24L * 3600 * 1_000_000));
  }

  @Test
  void aClockThatJumpsAheadIsNotUsedUntilItIsAccepted() {
    AtomicLong wall = new AtomicLong(SystemTime.MACHINE.micros());
    try (SqlLedgerStore store = withClock(wall)) {
      Traffic.world(store);
      post(store);
      long last = seconds(store);
      wall.addAndGet(YEARS);
      Unavailable why = assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
      assertTrue(why.reason().contains("clock"), why.reason());
      down(store, Outage.Cause.CLOCK);
      assertEquals(last, seconds(store));
      wall.addAndGet(-YEARS);
      healsByItself(store);
      post(store);
      wall.addAndGet(YEARS);
      down(store, Outage.Cause.CLOCK);
      store.acceptClock();
      post(store);
      healsByItself(store);
      assertEquals(0, store.clockBehindSeconds());
      wall.addAndGet(-YEARS);
      post(store);
      assertEquals(YEARS / 1e6, (double) store.clockBehindSeconds(), 100);
    }
  }

  private static long seconds(SqlLedgerStore store) {
    BookView view = store.reads().book("b0");
    assertNotNull(view);
    assertNotNull(view.lastAt());
    return view.lastAt().getEpochSecond();
  }

  /** 2262 is where 64 bits of nanoseconds end. */
  @Test
  void theYear2262IsAYearLikeAnyOther() {
    long year = 31_556_952L * 1_000_000;
    AtomicLong wall = new AtomicLong((2300 - 1970) * year);
    try (SqlLedgerStore store = withClock(wall)) {
      Traffic.world(store);
      post(store);
      assertEquals(wall.get() / 1e6, (double) seconds(store), 1);
      assertEquals(
          1,
          store
              .reads()
              .balance(new AccountId("b0", "p1"), Instant.ofEpochSecond(seconds(store) + 1))
              .effective()
              .toLong());
    }
  }
}
