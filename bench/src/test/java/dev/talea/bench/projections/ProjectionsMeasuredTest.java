// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.projections;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.bench.baseline.Measured;
import dev.talea.bench.baseline.PostgresBaseline;
import dev.talea.bench.embedded.EmbeddedLedger;
import dev.talea.bench.embedded.Load;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is said about how fast it was: both sides did the same work, and all of it. */
@Tag("slow")
class ProjectionsMeasuredTest {
  private static final int ACCOUNTS = 5;

  /**
   * So many that each side takes several times what the clock of processor time counts in: 10 ms.
   */
  private static final long TRANSACTIONS = 20_000;

  @TempDir private Path folder;
  private final Load load = new Load(2, ACCOUNTS);

  @BeforeEach
  void aLedger() {
    try (EmbeddedLedger ledger = ledger()) {
      ledger.prepare(load);
      ledger.load(load, 0, TRANSACTIONS, 100);
    }
  }

  private EmbeddedLedger ledger() {
    return EmbeddedLedger.open(folder.resolve("ledger"));
  }

  @Test
  void theEngineAndTheHandWriteAsManyRows() throws Exception {
    try (PostgresBaseline server = new PostgresBaseline(folder.resolve("data"))) {
      rows(Database.postgres(server.port()));
    }
    rows(Database.sqlite(Files.createDirectory(folder.resolve("tables"))));
  }

  private void rows(Database database) throws Exception {
    try (EmbeddedLedger ledger = ledger()) {
      for (Subject subject : Subject.values()) {
        CatchUp.Outcome seen = new CatchUp(ledger.store().reads(), database, subject).run(2);
        long events = TRANSACTIONS + 2 * ACCOUNTS;
        assertEquals(events, seen.engine().operations(), "events of both books");
        assertEquals(events, seen.hand().operations());
        assertTrue(seen.engineCpuMicros() > 0 && seen.handCpuMicros() > 0);
        if (subject == Subject.POSTINGS) {
          assertEquals(2 * TRANSACTIONS, seen.rows());
        } else {
          assertTrue(seen.rows() >= 2 * ACCOUNTS, "a row an account, of two if midnight passed");
        }
      }
    }
  }

  @Test
  void eachHundredthOfASecondHasALag() throws Exception {
    Database database = Database.sqlite(Files.createDirectory(folder.resolve("tables")));
    try (EmbeddedLedger ledger = ledger()) {
      Measured lags =
          LiveLag.run(ledger, load, TRANSACTIONS, database, Subject.POSTINGS, 500, 0.5, 1);
      assertTrue(Math.abs(lags.operations() - 750) <= 10, lags::toString);
      assertTrue(Math.abs(lags.latency().getTotalCount() - 100) <= 1, lags::toString);
      assertEquals(
          (TRANSACTIONS / 2) + ACCOUNTS + lags.operations(),
          ledger.store().reads().lastSeq(Load.book(0)));
    }
  }
}
