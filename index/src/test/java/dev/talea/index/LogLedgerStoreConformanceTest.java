package dev.talea.index;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerService;
import dev.talea.ledger.conformance.LedgerConformance;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What every store must do, on real files, through {@link LedgerService}. */
class LogLedgerStoreConformanceTest extends LedgerConformance {
  @TempDir private Path directory;
  private LogLedgerStore store;
  private LedgerApi ledger;

  @BeforeEach
  void open() {
    store = LogLedgerStore.open(directory, LogStoreSettings.DEFAULTS);
    ledger = new LedgerService(store, Runnable::run);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  protected LedgerApi ledger() {
    return ledger;
  }

  @Override
  protected boolean reopen() {
    store.close();
    open();
    return true;
  }
}
