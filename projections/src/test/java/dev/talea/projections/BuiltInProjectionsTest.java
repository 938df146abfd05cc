// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.ledger.projection.ProjectionStatus;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rows of the projections that come with talea, against what the events give. */
@Tag("slow")
class BuiltInProjectionsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void theyCatchUpAndKeepUp(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(1);
    ledger.post(300);
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 17), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.post(100);
      ledger.awaitLive(engine);
      ledger.assertRight(target);
      ledger.post(50);
      ledger.awaitLive(engine);
      ledger.assertRight(target);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theyGoOnWhereAnEarlierProcessStopped(Targets kind) throws Exception {
    Supplier<ProjectionTarget> place = kind.fresh(folder);
    ProjectedLedger ledger = new ProjectedLedger(2);
    for (int life = 0; life < 5; life++) {
      ledger.post(60);
      try (ProjectionTarget target = place.get();
          ProjectionEngine engine =
              ledger.engine(
                  target, ProjectedLedger.settings("life " + life, 9), ProjectedLedger.builtIn())) {
        engine.start();
        if (life % 2 == 0) {
          ledger.awaitLive(engine);
          ledger.assertRight(target);
        }
      }
    }
    try (ProjectionTarget target = place.get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("last", 9), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.awaitLive(engine);
      ledger.assertRight(target);
      engine.verify("postings");
      engine.verify("daily-balances");
      ProjectedLedger.await(
          () -> "no verdict", () -> "right".equals(engine.verdict("daily-balances")));
      ProjectedLedger.await(() -> "no verdict", () -> "right".equals(engine.verdict("postings")));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theStatusSaysHowFarTheyAre(Targets kind) throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(3);
    ledger.post(30);
    try (ProjectionTarget target = kind.fresh(folder).get();
        ProjectionEngine engine =
            ledger.engine(target, ProjectedLedger.settings("one", 9), ProjectedLedger.builtIn())) {
      engine.start();
      ledger.awaitLive(engine);
      ProjectionStatus postings = engine.status().get(0);
      assertEquals("postings", postings.name());
      assertEquals(0, postings.lagEvents());
      assertEquals("one", postings.owner());
      assertTrue(postings.heartbeatAt() != null);
      assertEquals(3, postings.positions().size(), postings::toString);
      long seq = ledger.store.reads().lastSeq("a");
      assertEquals(seq, engine.await("postings", "a", seq, java.time.Duration.ofSeconds(5)).join());
    }
  }
}
