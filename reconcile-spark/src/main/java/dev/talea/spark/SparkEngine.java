// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.engine.Engine;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineLimits;
import dev.talea.reconcile.engine.EngineRun;
import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * The engine for rows that are more than one machine works through: Apache Spark. It decides as
 * DuckDB's does, row by row, and writes the same evidence; it has no expert's query.
 *
 * <p>Of the limits of a run it keeps the disk: the files of its rows, and what Spark writes to sort
 * them, are counted and refused beyond. Threads it keeps where it starts Spark itself in this
 * process; a cluster has its own. Memory is that of the processes that Spark runs in, {@code -Xmx}
 * or {@code spark.executor.memory}: rows are sorted on the disk, and the process of the run needs
 * about twelve bytes for each row beside.
 *
 * <p>On a cluster the folder of a run has to be where all machines find it under the same path.
 *
 * <p>Safe for use by many threads. Spark exists once in a process, so that two engines that start
 * it themselves cannot be at work at once.
 */
public final class SparkEngine implements Engine {
  /** Rows of one file and, by and large, of one task. */
  private static final int CHUNK_ROWS = 65_536;

  /** Spark in this process, with as many threads as the run may use. */
  public static final String LOCAL = "local[*]";

  private final SearchLimits limits;
  private final int chunkRows;
  private final String master;
  private final @Nullable JavaSparkContext given;

  /** Guards what follows. */
  private final Object lock = new Object();

  private @Nullable JavaSparkContext own;
  private int runs;

  /** Starts Spark in this process while a run is open. */
  public SparkEngine() {
    this(LOCAL);
  }

  /**
   * Starts Spark while a run is open.
   *
   * @param master of a cluster, as {@code spark://host:7077}; {@code local[*]} is this process
   */
  public SparkEngine(String master) {
    this(master, null, SearchLimits.DEFAULTS, CHUNK_ROWS);
  }

  /** Uses what its caller has started, and leaves it running. */
  public SparkEngine(SparkContext spark) {
    this(spark, SearchLimits.DEFAULTS, CHUNK_ROWS);
  }

  SparkEngine(SparkContext spark, SearchLimits limits, int chunkRows) {
    this(spark.master(), JavaSparkContext.fromSparkContext(spark), limits, chunkRows);
  }

  private SparkEngine(
      String master, @Nullable JavaSparkContext given, SearchLimits limits, int chunkRows) {
    this.master = master;
    this.given = given;
    this.limits = limits;
    this.chunkRows = chunkRows;
  }

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public String version() {
    return org.apache.spark.package$.MODULE$.SPARK_VERSION();
  }

  @Override
  public EngineRun open(Path folder, EngineLimits runLimits) {
    JavaSparkContext spark = start(runLimits);
    try {
      return new SparkRun(
          folder.toAbsolutePath().normalize(),
          new SparkJobs(spark, runLimits, this::end),
          limits,
          chunkRows);
    } catch (RuntimeException | Error e) {
      end();
      throw e;
    }
  }

  private JavaSparkContext start(EngineLimits runLimits) {
    JavaSparkContext ready = given;
    if (ready != null) {
      return ready;
    }
    synchronized (lock) {
      JavaSparkContext started = own;
      if (started == null) {
        started = begin(runLimits);
        own = started;
      }
      runs++;
      return started;
    }
  }

  private JavaSparkContext begin(EngineLimits runLimits) {
    boolean local = master.equals(LOCAL);
    SparkConf conf =
        new SparkConf()
            .setMaster(local ? "local[" + runLimits.threads() + "]" : master)
            .setAppName("talea reconcile")
            .setIfMissing("spark.ui.enabled", "false")
            // Decisions come back as numbers, of which there are as many as rows.
            .setIfMissing("spark.driver.maxResultSize", "0");
    if (master.startsWith("local")) {
      // Nothing outside of this process has to find it.
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1")
          .setIfMissing("spark.driver.host", "127.0.0.1");
    }
    try {
      return new JavaSparkContext(conf);
    } catch (RuntimeException | LinkageError e) {
      if (String.valueOf(e.getMessage()).contains("System memory")) {
        throw new EngineException(
            EngineException.Kind.LIMIT,
            "Spark does not start in a process with so little memory; raise"
                + " TALEA_RECONCILE_MEMORY to 1g or more. It says: "
                + e.getMessage(),
            e);
      }
      throw new EngineException(
          EngineException.Kind.FAULT,
          "Spark does not start with the master "
              + master
              + ": "
              + e.getMessage()
              + ". It needs its jars and its flags for the JVM, and a process has it once: hand over"
              + " the one that is there.",
          e);
    }
  }

  private void end() {
    if (given != null) {
      return;
    }
    synchronized (lock) {
      runs--;
      JavaSparkContext started = own;
      if (runs == 0 && started != null) {
        own = null;
        started.stop();
      }
    }
  }
}
