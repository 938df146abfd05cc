// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.talea.ledger.BookView;
import dev.talea.ledger.LedgerError.Unavailable;
import dev.talea.ledger.Limits;
import dev.talea.ledger.Outage;
import dev.talea.ledger.PostResult;
import dev.talea.ledger.PostResult.Posted;
import dev.talea.ledger.TransactionDraft;
import dev.talea.ledger.conformance.Drafts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A SQLite ledger that runs out of room, within its file and on its disk. */
@Tag("slow")
class SqliteFullTest {
  private static final String NO_SPACE = "there is no space left for the file of the ledger";
  private static final String METADATA = '"' + "m".repeat(Limits.METADATA_BYTES_MAX - 2) + '"';

  @TempDir private Path directory;

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static TransactionDraft large(String key) {
    return Drafts.withExtras(
        Drafts.move("b0", key, "p0", "p1", 1, "EUR"), List.of(), METADATA, null);
  }

  private static CompletableFuture<List<PostResult>> post(
      SqlLedgerStore store, TransactionDraft draft) {
    return store.commit("b0", List.of(draft), false);
  }

  private static boolean isFull(SqlLedgerStore store) {
    Outage now = store.reads().health().ofStore();
    return now != null && now.cause() == Outage.Cause.SPACE;
  }

  /** Makes room. */
  private interface Relief {
    void come() throws Exception;
  }

  /** Fills what there is, is refused, and goes on when there is room. */
  private static List<Traffic.Ack> fillAndGoOn(SqlLedgerStore store, Relief relief)
      throws Exception {
    Traffic.world(store);
    assertNull(store.check());
    List<Traffic.Ack> acks;
    try (Traffic traffic = new Traffic(List.of(store), 4)) {
      await(() -> isFull(store));
      traffic.audit(store);
      acks = traffic.acks();
    }
    // There may be room left for a row, but not for this.
    TransactionDraft refused = large("refused");
    Outage outage;
    BookView view;
    do { // once more if the row that is written now and then found room in between
      Unavailable why =
          assertInstanceOf(Unavailable.class, Traffic.errorOf(post(store, refused)::join));
      assertEquals(NO_SPACE, why.reason());
      outage = store.check();
      view = store.reads().book("b0");
      assertNotNull(view);
    } while (outage == null || view.unavailable() == null);
    assertEquals(Outage.Cause.SPACE, outage.cause());
    assertEquals(NO_SPACE, outage.reason());
    assertEquals(NO_SPACE, view.unavailable());
    assertNull(store.reads().transactionByKey("b0", "refused"));
    Traffic.audit(store, acks);
    relief.come();
    await(() -> store.reads().health().ofStore() == null && store.check() == null);
    Posted posted = assertInstanceOf(Posted.class, post(store, refused).join().get(0));
    assertFalse(posted.deduplicated());
    for (int i = 0; i < 100; i++) {
      assertInstanceOf(Posted.class, post(store, large("after " + i)).join().get(0));
    }
    assertNull(store.check());
    Traffic.audit(store, acks);
    return acks;
  }

  private static void assertThere(Path file, List<Traffic.Ack> acks) {
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      Traffic.audit(store, acks);
    }
  }

  @Test
  void aFileThatMayNotGrowIsSaidAndGoesOnWhenItMay() throws Exception {
    Path file = directory.resolve("ledger.db");
    AtomicLong pages = new AtomicLong(100);
    SqliteDatabase database =
        new SqliteDatabase(
            file,
            SqlStoreSettings.DEFAULTS,
            SqliteClock.ofMachine(SqlStoreSettings.DEFAULTS),
            SystemTime.MACHINE,
            pages::get);
    List<Traffic.Ack> acks;
    try (SqlLedgerStore store =
        SqlLedgerStore.openSqlite(
            file, database, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
      acks = fillAndGoOn(store, () -> pages.set(1_000_000));
    }
    assertThere(file, acks);
  }

  /** The log of changes cannot be written: what fails is the commit itself. */
  @Test
  void aDiskThatIsFullIsSaidAndGoesOnWhenThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64m", "talea-test", disk.toString()));
    try {
      Path file = disk.resolve("ledger.db");
      Path ballast = disk.resolve("ballast");
      Files.write(ballast, new byte[62 << 20]);
      List<Traffic.Ack> acks;
      Path crashed = Files.createDirectory(directory.resolve("crashed"));
      try (SqlLedgerStore store =
          SqlLedgerStore.openSqlite(file, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE)) {
        acks =
            fillAndGoOn(
                store,
                () -> {
                  copy(disk, crashed);
                  Files.delete(ballast);
                });
      }
      assertThere(file, acks);
      assertThere(crashed.resolve("ledger.db"), acks);
    } finally {
      assertTrue(run("umount", disk.toString()));
    }
  }

  /** As if the process had been killed now. */
  private static void copy(Path disk, Path to) throws IOException {
    for (String name : List.of("ledger.db", "ledger.db-wal")) {
      Files.copy(disk.resolve(name), to.resolve(name));
    }
  }

  private static boolean run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.onExit().join().exitValue() == 0;
  }
}
