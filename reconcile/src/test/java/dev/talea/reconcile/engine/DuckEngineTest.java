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
}
