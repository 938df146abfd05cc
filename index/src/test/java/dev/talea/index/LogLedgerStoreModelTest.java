// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.conformance.ModelCheck;
import dev.talea.ledger.service.LedgerService;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random commands, closing and opening among them, answered as the model answers them, under
 * settings that make blocks, segments and queues small.
 */
@Tag("slow")
class LogLedgerStoreModelTest {
  private static final int COMMANDS = 600;

  @TempDir private Path directory;
  private int ledgers;

  @ParameterizedTest
  @MethodSource("seeds")
  void theStoreAnswersAsTheModel(long seed) {
    System.out.println("[talea] LogLedgerStoreModelTest seed " + seed);
    Random random = new Random(seed);
    LogStoreSettings settings =
        LogStoreSettings.DEFAULTS
            .withLog(1 << 16, 1 + random.nextInt(50), 1 + random.nextInt(8))
            .withMaintenance(1 + random.nextInt(60), 1 + random.nextInt(60));
    ModelCheck.run(seed, COMMANDS, () -> new Ledger(directory.resolve("" + ledgers++), settings));
  }

  /** {@code -Dtalea.model.seeds=1000} for a longer run, {@code -Dtalea.seed=S} for another. */
  static LongStream seeds() {
    long first = Long.getLong("talea.seed", 1L);
    return LongStream.range(first, first + Integer.getInteger("talea.model.seeds", 5));
  }

  private static final class Ledger implements ModelCheck.Subject {
    private final Path path;
    private final LogStoreSettings settings;
    private LogLedgerStore store;
    private LedgerApi api;

    Ledger(Path path, LogStoreSettings settings) {
      this.path = path;
      this.settings = settings;
      this.store = LogLedgerStore.open(path, settings);
      this.api = new LedgerService(store, Runnable::run);
    }

    @Override
    public LedgerApi ledger() {
      return api;
    }

    @Override
    public void reopen() {
      store.close();
      store = LogLedgerStore.open(path, settings);
      api = new LedgerService(store, Runnable::run);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
