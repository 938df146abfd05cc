// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import dev.talea.ledger.Store;
import dev.talea.ledger.conformance.StoreConformance;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What every store must do, on a SQLite file. */
@Tag("slow")
class SqliteConformanceTest extends StoreConformance {
  @TempDir private Path directory;

  @Override
  protected Store openStore() {
    return SqlLedgerStore.openSqlite(
        directory.resolve("ledger.db"), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
  }
}
