// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Projections that are cut off from their database: at every statement in turn, and what was done
 * since the last commit is lost. Whatever the moment, the rows are right in the end.
 */
@Tag("slow")
class CutOffTest {
  /** Every how manieth statement is the last of a process; 1 is all. */
  private static final int STEP = Integer.getInteger("talea.projections.cut.step", 10);

  private static final long SEED =
      Long.getLong("talea.projections.seed", new Random().nextInt(1_000_000));

  @TempDir Path folder;

  /** Where the first of them ends: with other seeds others are tried. */
  private static int first() {
    return 1 + new Random(SEED).nextInt(STEP);
  }

  /** One engine lives through it: an eighth of all statements and commits fail. */
  @ParameterizedTest
  @EnumSource
  void statementsFailNowAndThen(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(4);
    AtomicBoolean on = new AtomicBoolean();
    Random random = new Random(4);
    try (ProjectionTarget real = kind.fresh(folder).get();
        HookedTarget target =
            new HookedTarget(
                real,
                (call, method) -> {
                  if (on.get() && random.nextInt(8) == 0) {
                    throw HookedTarget.cutOff();
                  }
                });
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 5), ProjectedLedger.builtIn())) {
      engine.start();
      on.set(true);
      while (target.calls.get() < 1000) {
        ledger.post(1);
        ledger.pause();
      }
      on.set(false);
      ledger.awaitLive(engine);
      ledger.assertRight(target);
    }
  }

  /** A process dies at each statement in turn, from the first table on. */
  @ParameterizedTest
  @EnumSource
  void aProcessEndsAtEveryStatement(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(5);
    ledger.post(30);
    for (long end = first(); end < 90; end += STEP) {
      live(place, ledger, "life " + end, end);
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("last", 7), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.awaitLive(engine);
      ledger.assertRight(target, "seed " + SEED);
    }
  }

  /** One that builds anew what is read, dies at each statement in turn until it has done it. */
  @ParameterizedTest
  @EnumSource
  void aRebuildGoesOnWhereAnotherProcessEnded(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(15);
    ledger.post(30);
    try (ProjectionTarget target = place.get()) {
      try (ProjectionEngine engine =
          ledger.engine(target, ProjectedLedger.settings("one", 7), ProjectedLedger.builtIn())) {
        engine.start();
        ledger.awaitLive(engine);
        engine.rebuild("daily-balances");
      }
      String current = "SELECT generation FROM talea_projection WHERE name = 'daily-balances'";
      for (long end = first(); ProjectedLedger.rows(target, current).equals("1"); end += STEP) {
        live(place, ledger, "life " + end, end);
      }
      assertEquals("2", ProjectedLedger.rows(target, current));
      try (ProjectionEngine engine =
          ledger.engine(target, ProjectedLedger.settings("last", 7), ProjectedLedger.builtIn())) {
        engine.start();
        ledger.awaitLive(engine);
        ledger.assertRight(target, "seed " + SEED);
        assertEquals("right", engine.verdict("daily-balances"), "seed " + SEED);
      }
    }
  }

  /** Runs until a statement fails, and nothing works behind it. */
  private static void live(
      Supplier<ProjectionTarget> place, ProjectedLedger ledger, String name, long end)
      throws SQLException {
    try (ProjectionTarget real = place.get();
        HookedTarget target =
            new HookedTarget(
                real,
                (call, method) -> {
                  if (call >= end) {
                    throw HookedTarget.cutOff();
                  }
                })) {
      try (ProjectionEngine engine =
          ledger.engine(target, ProjectedLedger.settings(name, 7), ProjectedLedger.builtIn())) {
        engine.start();
        // Posting on, so that it has something to do until then.
        ProjectedLedger.await(
            () -> "calls " + target.calls,
            () -> {
              ledger.post(1);
              return target.calls.get() >= end;
            });
      } catch (TargetException e) {
        // The start itself was cut off.
      }
      ProjectedLedger.endLeases(real);
    }
  }
}
