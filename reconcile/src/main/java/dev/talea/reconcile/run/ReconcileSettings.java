// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What reconciliation may use, and where it lies.
 *
 * @param folder records, uploads and evidence
 * @param runs that are worked on at a time
 * @param memoryBytes of the process of one run: half for the engine, a quarter for its heap, and
 *     the rest for what neither counts
 * @param threads of one run
 * @param time of one run
 * @param diskBytes of one run, for what does not fit into memory
 * @param uploadBytesMax of one file that is sent
 * @param named what the operator has named
 */
public record ReconcileSettings(
    Path folder,
    int runs,
    long memoryBytes,
    int threads,
    Duration time,
    long diskBytes,
    long uploadBytesMax,
    NamedSources named) {
  /** Name of the setting that says where it lies. */
  public static final String DIR = "TALEA_RECONCILE_DIR";

  /** The least that an engine works with, twice. */
  public static final long MEMORY_BYTES_LEAST = 128L << 20;

  /** Runs that wait, at most: far more than are worked off in a day. */
  static final int QUEUED_MAX = 100;

  long engineBytes() {
    return memoryBytes / 2;
  }

  long heapBytes() {
    return Math.max(64L << 20, memoryBytes / 4);
  }
}
