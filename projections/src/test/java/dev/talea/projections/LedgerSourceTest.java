// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections;

import dev.talea.ledger.service.LedgerService;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Projections of a ledger that is reached through its interface. */
@Tag("slow")
class LedgerSourceTest {
  @TempDir Path folder;

  @Test
  void projectionsOfItAreRight() throws Exception {
    ProjectedLedger ledger = new ProjectedLedger(21);
    ledger.post(100);
    try (LedgerService api = new LedgerService(ledger.store, Runnable::run);
        ProjectionTarget target = Targets.SQLITE.fresh(folder).get();
        LedgerSource source = new LedgerSource(api, Duration.ofMillis(50));
        ProjectionEngine engine =
            new ProjectionEngine(
                source,
                target,
                ProjectedLedger.builtIn(),
                ProjectedLedger.settings("one", 17),
                System::nanoTime,
                () -> 0.5,
                Instant::now)) {
      engine.start();
      ledger.awaitRight(target);
      ledger.post(100);
      ledger.awaitRight(target);
    }
  }
}
