// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Store;
import dev.talea.ledger.conformance.StoreConformance;
import dev.talea.log.LogEnvironment;
import dev.talea.log.SimulatedDisk;
import dev.talea.log.disk.SystemLogEnvironment;
import dev.talea.log.memory.MemoryLogs;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/**
 * What every store must do, over logs that lie in no directory: nothing here knows where the blocks
 * of a log go.
 */
@Tag("slow")
class MemoryLogsConformanceTest extends StoreConformance {
  private final MemoryLogs memory = new MemoryLogs(Path.of("/memory"));
  private final LogEnvironment environment =
      SystemLogEnvironment.create().withDisk(new SimulatedDisk(1));

  @Override
  protected Store openStore() {
    LogStoreSettings settings = LogStoreSettings.DEFAULTS;
    return LogLedgerStore.open(
        surroundings -> memory.open(settings.log(), surroundings),
        settings,
        environment,
        Runnable::run);
  }
}
