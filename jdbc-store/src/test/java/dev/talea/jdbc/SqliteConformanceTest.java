package dev.talea.jdbc;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerService;
import dev.talea.ledger.conformance.LedgerConformance;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** What every store must do, on a SQLite file, through {@link LedgerService}. */
class SqliteConformanceTest extends LedgerConformance {
  @TempDir private Path directory;
  private SqlLedgerStore store;
  private LedgerApi ledger;

  @BeforeEach
  void open() {
    store =
        SqlLedgerStore.openSqlite(
            directory.resolve("ledger.db"), SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE);
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
