// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import java.nio.file.Path;
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
  @TempDir Path folder;

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
    int step = kind == Targets.SQLITE ? 1 : 3;
    for (long end = 1; end < 90; end += step) {
      long last = end;
      try (ProjectionTarget real = place.get();
          HookedTarget target =
              new HookedTarget(
                  real,
                  (call, method) -> {
                    if (call >= last) {
                      throw HookedTarget.cutOff();
                    }
                  });
          ProjectionEngine engine =
              ledger.engine(
                  target, ProjectedLedger.settings("life " + end, 7), ProjectedLedger.builtIn())) {
        engine.start();
        ProjectedLedger.await(() -> "calls " + target.calls, () -> target.calls.get() >= last);
      } catch (TargetException e) {
        // The start itself was cut off.
      }
      ledger.post(2);
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("last", 7), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.awaitLive(engine);
      ledger.assertRight(target);
    }
  }
}
