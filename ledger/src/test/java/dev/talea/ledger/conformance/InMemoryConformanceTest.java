// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.conformance;

import dev.talea.ledger.LedgerApi;
import dev.talea.ledger.service.LedgerService;

class InMemoryConformanceTest extends LedgerConformance {
  private final LedgerApi ledger = new LedgerService(new InMemoryStore(), Runnable::run);

  @Override
  protected LedgerApi ledger() {
    return ledger;
  }
}
