// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.PostgresTarget;
import dev.talea.jdbc.SqlLedgerStore;
import dev.talea.jdbc.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process that posts, projects and builds projections anew is killed at random moments, again and
 * again. All of it: {@code -Dtalea.projections.kills=200}.
 */
@Tag("slow")
public class ProjectionKillTest {
  private static final int KILLS = Integer.getInteger("talea.projections.kills", 5);
  private static final long SEED =
      Long.getLong("talea.projections.seed", new Random().nextInt(1_000_000));

  @TempDir Path folder;

  /** Where the ledger is, as {@link ProjectionKillChild} takes it. */
  public static String[] place(Path folder, Targets kind) {
    if (kind == Targets.SQLITE) {
      return new String[] {"sqlite", folder.resolve("ledger.db").toString()};
    }
    PostgresTarget target = TestPostgres.newSchema();
    return new String[] {
      "postgres",
      target.jdbcUrl().replaceFirst(".*:(\\d+)/.*", "$1"),
      target.jdbcUrl().replaceFirst(".*/([^?]*).*", "$1"),
      String.valueOf(target.schema())
    };
  }

  @ParameterizedTest
  @EnumSource
  void theRowsAreRightWhateverTheMoment(Targets kind) throws Exception {
    Random random = new Random(SEED);
    String[] place = place(folder, kind);
    for (int round = 0; round < KILLS; round++) {
      Process child =
          ProjectionKillChild.start(
              ProjectionKillChild.class, round, place, folder.resolve("child-" + kind + ".log"));
      LockSupport.parkNanos(random.nextInt(1_000) * 1_000_000L);
      child.destroyForcibly().waitFor();
    }
    try (SqlLedgerStore store = ProjectionKillChild.store(place);
        ProjectionTarget target = ProjectionKillChild.target(place)) {
      ProjectedLedger ledger = new ProjectedLedger(store, "last ", 1);
      try (ProjectionEngine engine =
          ledger.engine(target, ProjectedLedger.settings("last", 7), ProjectedLedger.builtIn())) {
        engine.start();
        ledger.awaitRight(target);
        assertTrue(store.reads().lastSeq("a") > 6, "seed " + SEED);
        String later =
            "SELECT count(*) FROM talea_projection WHERE name = 'daily-balances' AND generation > 1";
        ProjectedLedger.await(
            () -> "no build has taken the place of the first, seed " + SEED,
            () -> KILLS < 2 || ProjectedLedger.rows(target, later).strip().equals("1"));
        for (String name : List.of("postings", "daily-balances", "prefix-totals")) {
          engine.verify(name);
          ProjectedLedger.await(() -> "no verdict", () -> engine.verdict(name) != null);
          assertEquals("right", engine.verdict(name), "seed " + SEED);
        }
      }
    }
  }
}
