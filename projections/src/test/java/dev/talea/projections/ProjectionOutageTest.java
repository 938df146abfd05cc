// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.RestartablePostgres;
import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.SqlStoreObserver;
import dev.talea.jdbc.SqlStoreSettings;
import dev.talea.jdbc.TestPostgres;
import dev.talea.ledger.LedgerException;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.projections.target.PostgresTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The database of ledger and tables loses its listener, loses all connections, and is restarted,
 * while transactions are posted: projections are live again by themselves. How long that took is
 * printed, and not what is asserted.
 */
@Tag("slow")
@Timeout(300)
class ProjectionOutageTest {
  @TempDir Path folder;

  private static void say(String words, long sinceNanos) {
    System.out.printf(
        "projections: %s after %d ms%n", words, (System.nanoTime() - sinceNanos) / 1_000_000);
  }

  @Test
  void theyAreLiveAgainByThemselves() throws Exception {
    try (RestartablePostgres server = new RestartablePostgres(folder.resolve("data"))) {
      server.start();
      dev.talea.jdbc.PostgresTarget login =
          TestPostgres.target(server.port(), "postgres", "ledger");
      try (SqlLedgerStore store =
              SqlLedgerStore.openPostgres(
                  login, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true);
          ProjectionTarget target =
              new PostgresTarget(
                  login.jdbcUrl(),
                  login.properties(),
                  "ledger_projection",
                  new PostgresTarget.Settings(
                      1, 5, Duration.ofSeconds(2), Duration.ofSeconds(1), true))) {
        ProjectedLedger ledger = new ProjectedLedger(store, "k", 31);
        try (ProjectionEngine engine =
            ledger.engine(
                target, ProjectedLedger.settings("one", 100), ProjectedLedger.builtIn())) {
          engine.start();
          ledger.awaitLive(engine);
          AtomicBoolean over = new AtomicBoolean();
          AtomicLong posted = new AtomicLong();
          Thread load = new Thread(() -> load(ledger, over, posted), "load");
          load.start();
          String all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ";
          long since = System.nanoTime();
          TestPostgres.execute(login, all + "query LIKE 'LISTEN%' AND pid <> pg_backend_pid()");
          awaitCaughtUp(ledger, engine, posted);
          say("live again behind a listener that was terminated", since);
          since = System.nanoTime();
          TestPostgres.execute(
              login, all + "datname = current_database() AND pid <> pg_backend_pid()");
          awaitCaughtUp(ledger, engine, posted);
          say("live again behind connections that were all terminated", since);
          server.stop();
          server.start();
          since = System.nanoTime();
          awaitCaughtUp(ledger, engine, posted);
          say("live again behind a restart", since);
          over.set(true);
          load.join();
          since = System.nanoTime();
          ledger.awaitRight(target);
          ledger.awaitLive(engine);
          say("no lag", since);
        }
      }
    }
  }

  private static void load(ProjectedLedger ledger, AtomicBoolean over, AtomicLong posted) {
    while (!over.get()) {
      try {
        ledger.post(1);
        posted.incrementAndGet();
      } catch (LedgerException | CompletionException e) {
        LockSupport.parkNanos(20_000_000); // the database is away
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** Until what is posted from now on has been applied, in every projection and book. */
  private static void awaitCaughtUp(
      ProjectedLedger ledger, ProjectionEngine engine, AtomicLong posted) throws Exception {
    long before = posted.get();
    ProjectedLedger.await(() -> "" + posted, () -> posted.get() > before + 20);
    for (String book : new String[] {"a", "b"}) {
      long[] end = {0};
      ProjectedLedger.await(
          () -> "no answer",
          () -> {
            try {
              end[0] = ledger.store.reads().lastSeq(book);
              return true;
            } catch (LedgerException e) {
              return false;
            }
          });
      for (Projection projection : ProjectedLedger.builtIn()) {
        ProjectedLedger.await(
            () -> projection.name() + " is not at " + end[0] + " of " + book,
            () -> {
              try {
                return engine.await(projection.name(), book, end[0], Duration.ofSeconds(1)).join()
                    >= end[0];
              } catch (CompletionException e) {
                return false;
              }
            });
      }
    }
    // While the load goes on.
    ProjectedLedger.await(
        () -> "lag stays: " + engine.status(),
        () ->
            engine.status().stream()
                .allMatch(one -> one.state() == ProjectionState.LIVE && one.lagSeconds() < 1));
    assertTrue(
        engine.status().stream().noneMatch(one -> one.state() == ProjectionState.FAILED),
        () -> "" + engine.status());
  }
}
