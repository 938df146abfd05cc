// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.EngineLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of one run: how they are begun, stopped, their disk counted and their failures told.
 *
 * <p>Apart from the run because a job has two threads to deal with: the one that waits for it and
 * the one that stops it. Used by one thread, but for {@link #cancel}.
 */
final class SparkJobs implements AutoCloseable {
  private static final AtomicLong RUNS = new AtomicLong();

  final JavaSparkContext spark;
  private final EngineLimits limits;
  private final String group = "talea-reconcile-" + RUNS.incrementAndGet();
  private final Disk disk = new Disk(group);
  private final List<ShuffledRDD<?, ?, ?>> shuffles = new ArrayList<>();
  private final Runnable atEnd;
  private volatile boolean cancelled;

  /** Whether something is being done, which may need something else to be done first. */
  private boolean running;

  /**
   * Makes one.
   *
   * @param atEnd called once this is closed
   */
  SparkJobs(JavaSparkContext spark, EngineLimits limits, Runnable atEnd) {
    this.spark = spark;
    this.limits = limits;
    this.atEnd = atEnd;
    spark.sc().addSparkListener(disk);
  }

  /**
   * Adds up what the shuffles of a run have written: Spark keeps it until the run forgets it.
   * Called by a thread of Spark.
   */
  private static final class Disk extends SparkListener {
    private final String group;
    private final Set<Object> stages = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytes = new AtomicLong();

    Disk(String group) {
      this.group = group;
    }

    @Override
    public void onJobStart(SparkListenerJobStart start) {
      if (start.properties() != null
          && group.equals(start.properties().getProperty("spark.jobGroup.id"))) {
        start.stageIds().foreach(stage -> stages.add(stage));
      }
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted end) {
      if (stages.remove(end.stageInfo().stageId()) && end.stageInfo().taskMetrics() != null) {
        bytes.addAndGet(
            end.stageInfo().taskMetrics().shuffleWriteMetrics().bytesWritten()
                + end.stageInfo().taskMetrics().diskBytesSpilled());
      }
    }
  }

  /** Has Spark do something, and waits for it. */
  <T> T run(String what, Callable<T> work) {
    goOn();
    boolean outermost = !running;
    running = true;
    spark.setJobGroup(group, "talea reconcile: " + what, true);
    try {
      T done = work.call();
      goOn();
      checkDisk();
      return done;
    } catch (Exception e) {
      throw failed(what, e);
    } finally {
      if (outermost) {
        running = false;
        spark.clearJobGroup();
      }
    }
  }

  /** The run has put so many bytes on its disk itself. */
  void wrote(long bytes) {
    disk.bytes.addAndGet(bytes);
    checkDisk();
  }

  private void checkDisk() {
    if (disk.bytes.get() > limits.diskBytes()) {
      throw new EngineException(
          EngineException.Kind.LIMIT,
          "The run needs more than "
              + limits.diskBytes()
              + " bytes of disk for its rows and for what Spark sorts; raise"
              + " TALEA_RECONCILE_DISK.");
    }
  }

  /** What a shuffle has written is removed once the step is over. */
  void forgetLater(ShuffledRDD<?, ?, ?> shuffle) {
    shuffles.add(shuffle);
  }

  /** Removes what the shuffles of a step have written. */
  void endStep() {
    for (ShuffledRDD<?, ?, ?> shuffle : shuffles) {
      shuffle.cleanShuffleDependencies(false);
    }
    shuffles.clear();
  }

  /** Throws if this run was told to end. Loops of Java ask now and then. */
  void goOn() {
    if (cancelled) {
      throw new EngineException(EngineException.Kind.CANCELLED, "The run was cancelled.");
    }
  }

  /** Ends what is being done, from any thread. */
  void cancel() {
    cancelled = true;
    // A job that is about to begin belongs to the group as well.
    spark.sc().cancelJobGroupAndFutureJobs(group);
  }

  /** What a failure of Spark means to those who started the run. */
  EngineException failed(String what, Throwable e) {
    if (e instanceof EngineException own) {
      return own;
    }
    goOn();
    StringBuilder told = new StringBuilder();
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof EngineException own) {
        return own;
      }
      told.append(at).append('\n');
    }
    String text = told.toString().toLowerCase(Locale.ROOT);
    if (text.contains("no space left")) {
      return new EngineException(
          EngineException.Kind.LIMIT,
          "The disk that the run's folder or Spark's is on is full; make room and start the run"
              + " again.",
          e);
    }
    if (text.contains("outofmemory") || text.contains("out of memory")) {
      return new EngineException(
          EngineException.Kind.LIMIT,
          "A process of Spark had no memory left; raise TALEA_RECONCILE_MEMORY, or"
              + " spark.executor.memory of a cluster.",
          e);
    }
    return new EngineException(
        EngineException.Kind.FAULT, "Spark failed at " + what + ": " + last(e), e);
  }

  private static @Nullable String last(Throwable e) {
    Throwable at = e;
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return at == e ? e.toString() : at + ", of " + e.getMessage();
  }

  @Override
  public void close() {
    try {
      for (ShuffledRDD<?, ?, ?> shuffle : shuffles) {
        shuffle.cleanShuffleDependencies(true);
      }
      spark.sc().removeSparkListener(disk);
    } finally {
      atEnd.run();
    }
  }
}
