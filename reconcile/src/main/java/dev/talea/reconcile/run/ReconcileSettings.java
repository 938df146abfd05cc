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
 * @param engine that runs are matched by, by its name
 */
public record ReconcileSettings(
    Path folder,
    int runs,
    long memoryBytes,
    int threads,
    Duration time,
    long diskBytes,
    long uploadBytesMax,
    NamedSources named,
    String engine) {
  /** The engine that is there unless another one is asked for. */
  public static final String DUCKDB = "duckdb";

  /** The engine for more rows than one machine works through; an optional part. */
  public static final String SPARK = "spark";

  /** Name of the setting that says where it lies. */
  public static final String DIR = "TALEA_RECONCILE_DIR";

  /** The least that an engine works with, twice. */
  public static final long MEMORY_BYTES_LEAST = 128L << 20;

  /** With the engine that is there. */
  public ReconcileSettings(
      Path folder,
      int runs,
      long memoryBytes,
      int threads,
      Duration time,
      long diskBytes,
      long uploadBytesMax,
      NamedSources named) {
    this(folder, runs, memoryBytes, threads, time, diskBytes, uploadBytesMax, named, DUCKDB);
  }

  /** Runs that wait, at most: far more than are worked off in a day. */
  static final int QUEUED_MAX = 100;

  long engineBytes() {
    return memoryBytes / 2;
  }

  long heapBytes() {
    return Math.max(64L << 20, memoryBytes / 4);
  }

  /** Spark is in the heap with all that it has. */
  long sparkHeapBytes() {
    return memoryBytes / 4 * 3;
  }

  boolean isSpark() {
    return engine.equals(SPARK);
  }
}
