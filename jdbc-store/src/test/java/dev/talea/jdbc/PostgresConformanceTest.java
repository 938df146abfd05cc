package dev.talea.jdbc;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerService;
import dev.talea.ledger.conformance.LedgerConformance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every store must do, on a real PostgreSQL server, through {@link LedgerService}. */
class PostgresConformanceTest extends LedgerConformance {
  private PostgresTarget target;
  private SqlLedgerStore store;
  private LedgerApi ledger;

  @BeforeEach
  void create() {
    target = TestPostgres.newSchema();
    open();
  }

  private void open() {
    store =
        SqlLedgerStore.openPostgres(target, SqlStoreSettings.DEFAULTS, SqlStoreObserver.NONE, true);
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
