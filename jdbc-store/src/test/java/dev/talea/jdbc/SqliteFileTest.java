// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.AccountId;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.Outage;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.conformance.Drafts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The file of a SQLite ledger: that it is still the one that was opened, that it is not made by the
 * way, and that it is all there is after a stop.
 */
@Tag("slow")
class SqliteFileTest {
  private static final AccountId ACCOUNT = new AccountId("b0", "p0");

  @TempDir private Path temp;
  private Path directory = Path.of("none");
  private final AtomicLong passed = new AtomicLong();
  private int drafts;

  @BeforeEach
  void aFolderThatMayBeMovedAway() throws IOException {
    directory = Files.createDirectory(temp.resolve("data"));
  }

  private Path file() {
    return directory.resolve("ledger.db");
  }

  private Path log() {
    return directory.resolve("ledger.db-wal");
  }

  private static SqlLedgerStore open(Path file, boolean create) {
    return SqlLedgerStore.openSqlite(
        file,
        create ? SqlStoreSettings.DEFAULTS : SqlStoreSettings.DEFAULTS.withoutCreating(),
        SqlStoreObserver.NONE);
  }

  /** Its clock for intervals goes on by what is told to pass, too. */
  private SqlLedgerStore opened() {
    SqlLedgerStore store =
        SqlLedgerStore.openSqlite(
            file(),
            SqlStoreSettings.DEFAULTS,
            SqlStoreObserver.NONE,
            new SqliteClock(
                SystemTime.MACHINE::micros,
                () -> SystemTime.MACHINE.nanos() + passed.get(),
                () -> (SystemTime.MACHINE.nanos() + passed.get()) / 1_000,
                TimeUnit.DAYS.toMicros(1)));
    Traffic.world(store);
    return store;
  }

  private void post(SqlLedgerStore store) {
    assertInstanceOf(
        Posted.class,
        store
            .commit("b0", List.of(Drafts.move("b0", "k" + drafts++, "p0", "p1", 1, "EUR")), false)
            .join()
            .get(0));
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** What may happen to a file that is in use. */
  private enum Accident {
    REMOVED {
      @Override
      void happen(Path file) throws IOException {
        Files.delete(file);
      }
    },
    MOVED_AWAY {
      @Override
      void happen(Path file) throws IOException {
        Files.move(file, file.resolveSibling("elsewhere.db"));
      }
    },
    RESTORED_OVER {
      @Override
      void happen(Path file) throws Exception {
        Path backup = file.resolveSibling("backup.db");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
            Statement statement = other.createStatement()) {
          statement.execute("VACUUM INTO '" + backup + "'");
        }
        Files.move(backup, file, StandardCopyOption.REPLACE_EXISTING);
      }
    },
    LOG_REMOVED {
      @Override
      void happen(Path file) throws IOException {
        Files.delete(Path.of(file + "-wal"));
      }
    },
    LOG_EXCHANGED {
      @Override
      void happen(Path file) throws IOException {
        exchange(Path.of(file + "-wal"));
      }
    },
    INDEX_REMOVED {
      @Override
      void happen(Path file) throws IOException {
        Files.delete(Path.of(file + "-shm"));
      }
    },
    INDEX_EXCHANGED {
      @Override
      void happen(Path file) throws IOException {
        exchange(Path.of(file + "-shm"));
      }
    },
    FOLDER_EXCHANGED {
      @Override
      void happen(Path file) throws IOException {
        Path folder = requireNonNull(file.getParent());
        Path away = folder.resolveSibling("away");
        Files.move(folder, away);
        Files.createDirectory(folder);
        for (String end : List.of("", "-wal", "-shm")) {
          String name = file.getFileName() + end;
          Files.copy(away.resolve(name), folder.resolve(name));
        }
      }
    };

    private static void exchange(Path file) throws IOException {
      Path copy = file.resolveSibling("copy");
      Files.copy(file, copy);
      Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
    }

    abstract void happen(Path file) throws Exception;
  }

  /** Right after the opening, and when the folder has been quiet for long enough to count on it. */
  static Stream<Arguments> accidents() {
    return Stream.of(Accident.values())
        .flatMap(each -> Stream.of(false, true).map(quiet -> Arguments.of(each, quiet)));
  }

  @ParameterizedTest
  @MethodSource("accidents")
  void nothingIsAcknowledgedOnceTheFileIsAnotherOne(Accident accident, boolean quiet)
      throws Exception {
    try (SqlLedgerStore store = opened()) {
      post(store);
      if (quiet) {
        FileTimes.awaitLaterThan(directory);
        passed.addAndGet(TimeUnit.MILLISECONDS.toNanos(200));
        post(store);
      }
      assertNull(store.check());
      accident.happen(file());
      List<Path> left = files();
      for (int i = 0; i < 3; i++) {
        Unavailable why =
            assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)), "acknowledged");
        assertTrue(why.reason().contains("moved, removed or exchanged"), why.reason());
        assertFalse(why.reason().contains(directory.toString()), why.reason());
      }
      // A key that is known must not be acknowledged either.
      drafts = 0;
      assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
      Outage down = store.check();
      assertNotNull(down);
      assertEquals(Outage.Cause.REPLACED, down.cause());
      assertEquals(down, store.reads().health().ofStore());
      Traffic.errorOf(() -> store.reads().balance(ACCOUNT, null));
      Traffic.errorOf(() -> store.reads().books(null, 10));
      assertEquals(left, files(), "a running store has made a file");
    }
    assertEquals(
        accident == Accident.REMOVED || accident == Accident.MOVED_AWAY, !Files.exists(file()));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted().toList();
    }
  }

  @Test
  void aFileThatIsExchangedWhileItsCommitRunsIsNotAcknowledged() throws Exception {
    Path backup = directory.resolve("backup.db");
    try (SqlLedgerStore store = opened()) {
      post(store);
      await(() -> !Files.exists(log()) || size(log()) == 0); // it is idle, and all is in the file
      Files.copy(file(), backup);
      try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        var answer =
            store.commit("b0", List.of(Drafts.move("b0", "x", "p0", "p1", 1, "EUR")), false);
        // The group waits for the lock, beyond the look before it: only the one after it can tell.
        await(SqliteFileTest::aWriterWaits);
        Files.move(backup, file(), StandardCopyOption.REPLACE_EXISTING);
        statement.execute("COMMIT");
        assertInstanceOf(Unavailable.class, Traffic.errorOf(answer::join));
      }
    }
  }

  private static boolean aWriterWaits() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(each -> each.getKey().getName().startsWith("talea-sql-writer"))
        .flatMap(each -> Stream.of(each.getValue()))
        .anyMatch(frame -> frame.getClassName().startsWith("org.sqlite.core.NativeDB"));
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0; // gone this moment
    }
  }

  @Test
  void whatWasOnceExchangedStaysOutOfUseUntilARestart() throws Exception {
    Path elsewhere = directory.resolve("elsewhere.db");
    try (SqlLedgerStore store = opened()) {
      post(store);
      Files.move(file(), elsewhere);
      assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
      Files.move(elsewhere, file());
      assertInstanceOf(Unavailable.class, Traffic.errorOf(() -> post(store)));
      assertNotNull(store.check());
      assertEquals(
          "the file of the ledger was moved, removed or exchanged while it was in use",
          Traffic.errorOf(() -> store.reads().book("b0")) instanceof Unavailable why
              ? why.reason()
              : "");
    }
    try (SqlLedgerStore store = open(file(), false)) {
      post(store);
      Traffic.audit(store, List.of());
    }
  }

  @Test
  void aStoppedLedgerIsOneFile() throws Exception {
    SqlLedgerStore store = opened();
    for (int i = 0; i < 50; i++) {
      post(store);
      store.reads().balance(ACCOUNT, null);
    }
    store.close();
    assertEquals(0, size(log()));
    store.close();
    Path copy = Files.createDirectory(directory.resolve("copy")).resolve("l.db");
    Files.copy(file(), copy);
    try (SqlLedgerStore restored = open(copy, false)) {
      assertEquals(4 + 50, restored.reads().lastSeq("b0"));
      Traffic.audit(restored, List.of());
    }
  }

  @Test
  void aLedgerThatAnotherProcessReadsStopsAllTheSame() throws Exception {
    SqlLedgerStore store = opened();
    post(store);
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN");
      try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM talea_book")) {
        assertTrue(rows.next());
      }
      post(store);
      store.close();
      assertTrue(size(log()) > 0, "the reader's snapshot was taken away");
    }
    try (SqlLedgerStore again = open(file(), false)) {
      assertEquals(4 + 2, again.reads().lastSeq("b0"));
    }
    assertEquals(0, size(log()));
  }

  @Test
  void whenNothingIsWrittenAllGetsIntoTheFile() {
    try (SqlLedgerStore store = opened()) {
      post(store);
      assertTrue(size(log()) > 0);
      await(() -> size(log()) == 0);
      post(store);
      assertTrue(size(log()) > 0);
      await(() -> size(log()) == 0);
    }
  }

  @Test
  void nothingIsMadeWhereNothingIs() throws Exception {
    assertFalse(SqlLedgerStore.sqliteExists(file()));
    String message =
        assertThrows(SqlStoreException.class, () -> open(file(), false).close()).getMessage();
    assertTrue(String.valueOf(message).contains("holds no ledger"), message);
    assertEquals(List.of(), files());
    Files.createFile(file());
    assertThrows(SqlStoreException.class, () -> open(file(), false).close());
    assertEquals(0, Files.size(file()));
    assertFalse(SqlLedgerStore.sqliteExists(file()));
    open(file(), true).close();
    assertTrue(SqlLedgerStore.sqliteExists(file()));
    open(file(), false).close();
  }

  @Test
  void theDatabaseOfAnotherProgramIsLeftAsItIs() throws Exception {
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = other.createStatement()) {
      statement.execute("CREATE TABLE music (title TEXT)");
    }
    byte[] before = Files.readAllBytes(file());
    assertThrows(SqlStoreException.class, () -> open(file(), false).close());
    assertEquals(List.of(file()), files());
    assertArrayEquals(before, Files.readAllBytes(file()));
  }

  /** As after a crash: the last commits are in the log of changes, and the index is not there. */
  @Test
  void whatACrashLeavesIsOpenedWithoutCreating() throws Exception {
    Path crashed = Files.createDirectory(directory.resolve("crashed")).resolve("l.db");
    try (SqlLedgerStore store = opened()) {
      post(store);
      Files.copy(file(), crashed);
      Files.copy(log(), Path.of(crashed + "-wal"));
    }
    try (SqlLedgerStore store = open(crashed, false)) {
      assertEquals(4 + 1, store.reads().lastSeq("b0"));
      Traffic.audit(store, List.of());
    }
  }

  @Test
  void aNewFileIsItsOwnersAlone() throws Exception {
    try (SqlLedgerStore store = opened()) {
      post(store);
      for (Path each : files()) {
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
      }
      assertEquals(3, files().size(), "the file, its log of changes, and the log's index");
    }
  }
}
