// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.Event;
import dev.talea.ledger.projection.ProjectionState;
import dev.talea.ledger.projection.ProjectionStatus;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Failures, leases, builds and refusals. */
@Tag("slow")
class ProjectionEngineTest {
  @TempDir Path folder;

  private static String transactions(ProjectedLedger ledger) {
    long a = ledger.store.reads().lastSeq("a") - 6;
    long b = ledger.store.reads().lastSeq("b") - 6;
    return "a|" + a + "\nb|" + b;
  }

  private static void assertRefused(String why, Executable start) {
    ProjectionException refused = assertThrows(ProjectionException.class, start);
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::toString);
  }

  private static ProjectionStatus status(ProjectionEngine engine, String name) throws SQLException {
    return engine.status().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void anEventThatCannotBeAppliedStopsItsBookAndNothingElse(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(6);
    ledger.post(40);
    AtomicLong poison = new AtomicLong(20);
    Projection picky =
        new Counting(
            "picky",
            event -> {
              if (event.seq() == poison.get()
                  && ((Event.TransactionPosted) event.payload()).draft().book().equals("a")) {
                throw new IllegalStateException("does not like it");
              }
            });
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(
                target,
                ProjectedLedger.settings("one", 7),
                List.of(picky, new Counting("plain", event -> {})))) {
      engine.start();
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"),
          () -> status(engine, "picky").state() == ProjectionState.FAILED);
      ProjectedLedger.await(
          () -> "" + status(engine, "plain"),
          () -> status(engine, "plain").state() == ProjectionState.LIVE);
      ProjectionStatus failed = status(engine, "picky");
      ProjectionStatus.Position a = failed.positions().get(0);
      assertEquals("a", a.book());
      assertEquals(19, a.seq(), "what comes before it is applied");
      assertEquals(20, a.errorSeq());
      assertTrue(String.valueOf(failed.error()).contains("does not like it"), failed::toString);
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"),
          () -> status(engine, "picky").positions().get(1).state() == ProjectionState.LIVE);

      // Not mended: it fails again.
      engine.retry("picky", "a");
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"),
          () -> status(engine, "picky").state() == ProjectionState.FAILED);
      poison.set(25);
      engine.retry("picky", null);
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"),
          () -> status(engine, "picky").positions().get(0).errorSeq() == 25);
      engine.skip("picky", "a", 25, "not wanted", "a person");
      ledger.awaitLive(engine);
      long a2 = ledger.store.reads().lastSeq("a") - 7;
      long b = ledger.store.reads().lastSeq("b") - 6;
      assertEquals(
          "a|" + a2 + "\nb|" + b,
          ProjectedLedger.rows(target, "SELECT book, transactions FROM picky"));
      assertEquals(
          "picky|a|25|not wanted|a person",
          ProjectedLedger.rows(
              target, "SELECT name, book, seq, why, \"by\" FROM talea_projection_skip"));

      // It holds for the builds to come as well.
      engine.rebuild("picky");
      ProjectedLedger.await(
          () -> "" + status(engine, "picky"),
          () ->
              ProjectedLedger.rows(
                      target, "SELECT generation FROM talea_projection WHERE name = 'picky'")
                  .equals("2"));
      assertEquals(
          "a|" + a2 + "\nb|" + b,
          ProjectedLedger.rows(target, "SELECT book, transactions FROM picky"));
    }
  }

  /**
   * A constraint, which the database refuses: the driver's words for it are not those of a fault.
   */
  @ParameterizedTest
  @EnumSource
  void aConstraintIsNoFaultThatPasses(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(7);
    ledger.post(40);
    Projection strict = new Counting("strict", 1, null, ", CHECK (transactions < 5)", event -> {});
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 7), List.of(strict))) {
      engine.start();
      ProjectedLedger.await(
          () -> "" + status(engine, "strict"),
          () ->
              status(engine, "strict").positions().stream()
                      .filter(one -> one.state() == ProjectionState.FAILED)
                      .count()
                  == 2);
      assertEquals(
          "a|4\nb|4", ProjectedLedger.rows(target, "SELECT book, transactions FROM strict"));
    }
  }

  /** The owner falls asleep before its commit, past its lease, and wakes up behind another. */
  @ParameterizedTest
  @EnumSource(names = "POSTGRES")
  void oneThatWakesUpBehindAnotherAppliesNothing(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(8);
    ledger.post(20);
    AtomicBoolean asleep = new AtomicBoolean();
    CountDownLatch awake = new CountDownLatch(1);
    CountDownLatch sleeping = new CountDownLatch(1);
    HookedTarget.Hook sleep =
        (call, method) -> {
          if (asleep.get()) {
            sleeping.countDown();
            try {
              awake.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (ProjectionTarget one = new HookedTarget(place.get(), sleep);
        ProjectionTarget two = place.get();
        ProjectionEngine owner =
            ledger.engine(one, ProjectedLedger.settings("one", 5), ProjectedLedger.builtIn());
        ProjectionEngine standby =
            ledger.engine(two, ProjectedLedger.settings("two", 5), ProjectedLedger.builtIn())) {
      owner.start();
      ledger.awaitLive(owner);
      standby.start();
      asleep.set(true);
      ledger.post(20);
      sleeping.await();
      ProjectedLedger.await(
          () -> "" + standby.status(),
          () -> standby.status().stream().allMatch(s -> "two".equals(s.owner())));
      ledger.post(20);
      ledger.awaitLive(standby);
      asleep.set(false);
      awake.countDown();
      ledger.post(20);
      ledger.awaitLive(standby);
      ledger.assertRight(two);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStandbyTakesOverWhenTheOwnerStops(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(9);
    ledger.post(20);
    try (ProjectionTarget two = place.get();
        ProjectionEngine standby =
            ledger.engine(two, ProjectedLedger.settings("two", 5), ProjectedLedger.builtIn())) {
      try (ProjectionTarget one = place.get();
          ProjectionEngine owner =
              ledger.engine(one, ProjectedLedger.settings("one", 5), ProjectedLedger.builtIn())) {
        owner.start();
        ledger.awaitLive(owner);
        standby.start();
        assertEquals("one", status(standby, "postings").owner());
      }
      ledger.post(20);
      ledger.awaitLive(standby);
      assertEquals("two", status(standby, "postings").owner());
      ledger.assertRight(two);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRebuildIsReadOnlyWhenItIsWhole(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(10);
    ledger.post(100);
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(
                target,
                ProjectedLedger.settings("one", 9),
                List.of(new Counting("plain", event -> {})))) {
      engine.start();
      ledger.awaitLive(engine);
      String before = ProjectedLedger.rows(target, "SELECT book, transactions FROM plain");
      assertEquals(transactions(ledger), before);
      engine.rebuild("plain");
      assertEquals(ProjectionState.REBUILDING, status(engine, "plain").state(), "at once");
      ProjectedLedger.await(
          () -> "" + status(engine, "plain"),
          () -> {
            assertEquals(
                before, ProjectedLedger.rows(target, "SELECT book, transactions FROM plain"));
            return ProjectedLedger.rows(target, "SELECT generation FROM talea_projection")
                .equals("2");
          });
      ledger.post(10);
      ledger.awaitLive(engine);
      assertEquals(
          transactions(ledger),
          ProjectedLedger.rows(target, "SELECT book, transactions FROM plain"));
    }
    // The next version, with another column, is built by the program that has it.
    Projection next = new Counting("plain", 2, null, ", note TEXT", event -> {});
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("two", 9), List.of(next))) {
      engine.start();
      ProjectedLedger.await(
          () -> "" + status(engine, "plain"), () -> status(engine, "plain").version() == 2);
      ledger.awaitLive(engine);
      assertEquals(
          transactions(ledger).replace("\n", "|null\n") + "|null",
          ProjectedLedger.rows(target, "SELECT book, transactions, note FROM plain"));
    }
    try (ProjectionTarget target = place.get()) {
      ProjectionEngine older =
          ledger.engine(
              target,
              ProjectedLedger.settings("three", 9),
              List.of(new Counting("plain", event -> {})));
      assertRefused("a version never goes down", older::start);
      ProjectionEngine changed =
          ledger.engine(
              target,
              ProjectedLedger.settings("three", 9),
              List.of(new Counting("plain", 2, null, ", other TEXT", event -> {})));
      assertRefused("give it the next version", changed::start);
      ProjectedLedger other = new ProjectedLedger(11);
      ProjectionEngine ofAnother =
          other.engine(target, ProjectedLedger.settings("three", 9), List.of(next));
      assertRefused("of another ledger", ofAnother::start);
      assertRefused(
          "two projections",
          () -> ledger.engine(target, ProjectedLedger.settings("three", 9), List.of(next, next)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void verifyingNamesARowThatDiffers(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(12);
    ledger.post(50);
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 9), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.awaitLive(engine);
      try (Connection connection = target.write();
          var statement = connection.createStatement()) {
        statement.execute("UPDATE prefix_totals_g1 SET total = '5' WHERE prefix = 'assets:bank'");
        connection.commit();
      }
      engine.verify("prefix-totals");
      ProjectedLedger.await(() -> "no verdict", () -> engine.verdict("prefix-totals") != null);
      String verdict = String.valueOf(engine.verdict("prefix-totals"));
      assertNotEquals("right", verdict);
      assertTrue(verdict.contains("assets:bank"), verdict);
      engine.rebuild("prefix-totals");
      ProjectedLedger.await(
          () -> "not rebuilt",
          () ->
              ProjectedLedger.rows(
                      target,
                      "SELECT generation FROM talea_projection WHERE name = 'prefix-totals'")
                  .equals("3"));
      ledger.assertRight(target);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDroppedIsGoneAndBeginsAnewAtTheNextStart(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(14);
    ledger.post(50);
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 9), ProjectedLedger.builtIn())) {
      ProjectionException notMade =
          assertThrows(ProjectionException.class, () -> engine.start(false));
      assertTrue(("" + notMade.getMessage()).contains("none are to be made"), notMade::toString);
      engine.start();
      ledger.awaitLive(engine);
      engine.drop("postings");
      assertThrows(
          SQLException.class, () -> ProjectedLedger.rows(target, "SELECT * FROM postings"));
      assertThrows(
          SQLException.class, () -> ProjectedLedger.rows(target, "SELECT * FROM postings_g1"));
      for (String table :
          List.of("talea_projection", "talea_projection_position", "talea_projection_build")) {
        assertEquals(
            "0",
            ProjectedLedger.rows(
                target, "SELECT count(*) FROM " + table + " WHERE name = 'postings'"));
      }
      assertEquals(ProjectionState.STOPPED, status(engine, "postings").state());
      ledger.post(10);
      ProjectedLedger.await(
          () -> "" + status(engine, "daily-balances"),
          () -> status(engine, "daily-balances").state() == ProjectionState.LIVE);
      assertEquals(ProjectionState.STOPPED, status(engine, "postings").state());
      assertRefused("There is no projection 'x'", () -> engine.drop("x"));
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("two", 9), ProjectedLedger.builtIn())) {
      assertRefused("'postings'", () -> engine.start(false));
      engine.start();
      ledger.awaitLive(engine);
      ledger.assertRight(target);
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(
                target, ProjectedLedger.settings("three", 9), ProjectedLedger.builtIn())) {
      engine.start(false);
      ledger.awaitLive(engine);
      assertEquals("three", status(engine, "postings").owner());
    }
  }

  /** Who waits need not be where the projection runs. */
  @ParameterizedTest
  @EnumSource
  void aPositionIsWaitedForWhereNothingRuns(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(16);
    ledger.post(20);
    List<Projection> plain = List.of(new Counting("plain", event -> {}));
    try (ProjectionTarget target = place.get();
        ProjectionTarget reads = place.get();
        ProjectionEngine owner = ledger.engine(target, ProjectedLedger.settings("one", 5), plain);
        ProjectionEngine reader = ledger.engine(reads, ProjectedLedger.settings("x", 5), plain)) {
      owner.start();
      ledger.awaitLive(owner);
      long end = ledger.store.reads().lastSeq("a");
      CompletableFuture<Long> later = reader.await("plain", "a", end + 3, Duration.ofMinutes(1));
      assertEquals(end, reader.await("plain", "a", end + 3, Duration.ofMillis(200)).join());
      while (ledger.store.reads().lastSeq("a") < end + 3) {
        ledger.post(1);
      }
      assertTrue(later.join() >= end + 3);
      assertEquals(0, reader.await("plain", "c", 1, Duration.ZERO).join());
      assertEquals(0, reader.await("other", "a", 1, Duration.ZERO).join());
    }
  }

  /** A projection that wants little still comes to the end of the book, and starts from there. */
  @ParameterizedTest
  @EnumSource
  void thePositionMovesOverWhatIsNotWanted(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(13);
    ledger.post(50);
    Selection little =
        new Selection(
            Set.of("a"), EnumSet.of(Event.Kind.TRANSACTION_POSTED), List.of("no such account"));
    AtomicLong shown = new AtomicLong();
    Projection rare = new Counting("rare", 1, little, "", event -> shown.incrementAndGet());
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 9), List.of(rare))) {
      engine.start();
      ledger.awaitLive(engine);
      long end = ledger.store.reads().lastSeq("a");
      assertEquals(end, engine.await("rare", "a", end, Duration.ofSeconds(5)).join());
      assertEquals(
          "rare|a|" + end,
          ProjectedLedger.rows(target, "SELECT name, book, seq FROM talea_projection_position"));
      assertEquals(0, shown.get());
    }
  }
}
