// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import java.nio.file.Path;

/**
 * A machine that decides about rows. What it has to decide is said once, by the conformance suite
 * that every engine passes; two engines give the same answers for the same rows.
 *
 * <p>Safe for use by many threads.
 */
public interface Engine {

  /** As it stands in manifests, as {@code duckdb}. */
  String name();

  /** Version of the software that decides. */
  String version();

  /**
   * Begins one reconciliation.
   *
   * @param folder of this run alone; what does not fit into memory is put there and removed at the
   *     close
   */
  EngineRun open(Path folder, EngineLimits limits);
}
