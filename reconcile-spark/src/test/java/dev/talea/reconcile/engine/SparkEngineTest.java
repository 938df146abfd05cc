// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.spark.TestSpark;
import org.junit.jupiter.api.Tag;

/** Spark decides as the reference does. */
@Tag("slow")
class SparkEngineTest extends EngineConformance {
  @Override
  protected Engine engine() {
    return TestSpark.engine();
  }
}
