// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Store;
import dev.talea.ledger.conformance.StoreConformance;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What every store must do, on real files. */
@Tag("slow")
class LogLedgerStoreConformanceTest extends StoreConformance {
  @TempDir private Path directory;

  @Override
  protected Store openStore() {
    return LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS);
  }
}
