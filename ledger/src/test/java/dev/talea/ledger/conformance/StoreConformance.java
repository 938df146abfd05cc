package dev.talea.ledger.conformance;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.LedgerService;
import dev.talea.ledger.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What every store that outlives its process must do, through {@link LedgerService}. */
public abstract class StoreConformance extends LedgerConformance {
  private Store store;
  private LedgerApi ledger;

  /** Opens the store of this test, each time on the same data. */
  protected abstract Store openStore() throws Exception;

  @BeforeEach
  final void open() throws Exception {
    store = openStore();
    ledger = new LedgerService(store, Runnable::run);
  }

  @AfterEach
  final void close() {
    store.close();
  }

  @Override
  protected final LedgerApi ledger() {
    return ledger;
  }

  @Override
  protected final boolean reopen() throws Exception {
    store.close();
    open();
    return true;
  }
}
