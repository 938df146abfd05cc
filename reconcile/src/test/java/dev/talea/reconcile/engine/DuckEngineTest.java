// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import org.junit.jupiter.api.Tag;

/** DuckDB decides as the reference does. */
@Tag("slow")
class DuckEngineTest extends EngineConformance {
  @Override
  protected Engine engine() {
    return new DuckEngine();
  }

  /** What a small case costs is planning a hundred statements, which DuckDB does on one thread. */
  @Override
  protected int casesAtOnce() {
    return 2;
  }
}
