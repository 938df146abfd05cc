// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Store;
import dev.talea.ledger.conformance.StoreConformance;
import org.junit.jupiter.api.Tag;

/** What every store must do, on a real PostgreSQL server. */
@Tag("slow")
class PostgresConformanceTest extends StoreConformance {
  /** Of this test alone: JUnit makes an object for each. */
  private final PostgresTarget target = TestPostgres.newSchema();

  @Override
  protected Store openStore() {
    return SqlLedgerStore.openPostgres(
        target, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true);
  }
}
