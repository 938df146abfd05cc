// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import one.profiler.AsyncProfilerLoader;
import org.jspecify.annotations.Nullable;

/**
 * Draws where a server spent the time of processors while it was measured: a flame graph, each
 * thread apart. Stacks are sampled by async-profiler, which is put into the process from outside.
 *
 * <p>For one thread; another one begins when the warm-up is over.
 */
final class Flame {
  /** What a machine allows of it differs: where its counters are closed, timers are used. */
  private static final String EVENT = "cpu";

  private static final String EVERY = "1ms";

  private final long pid;
  private final Path file;
  private final ScheduledExecutorService clock;
  private boolean begun;
  private @Nullable String failure;

  private Flame(long pid, Path file) {
    this.pid = pid;
    this.file = file.toAbsolutePath();
    this.clock =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "talea-bench-flame");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Samples a process from then on.
   *
   * @param file where {@link #end} draws it, as a page
   */
  static Flame in(Duration then, long pid, Path file) {
    Flame flame = new Flame(pid, file);
    var unused = flame.clock.schedule(flame::begin, then.toNanos(), TimeUnit.NANOSECONDS);
    return flame;
  }

  private synchronized void begin() {
    begun = true;
    if (!AsyncProfilerLoader.isSupported()) {
      failure = "async-profiler is not made for this system";
      return;
    }
    try {
      AsyncProfilerLoader.setExtractionDirectory(Files.createTempDirectory("talea-bench-profiler"));
    } catch (IOException e) {
      failure = String.valueOf(e.getMessage());
      return;
    }
    failure = profiler("start", "-e", EVENT, "-i", EVERY, "-t", Long.toString(pid));
  }

  /** Draws it, and says where it is or why there is none. */
  synchronized String end() {
    clock.shutdownNow();
    if (!begun) {
      return "no flame graph: the measurement ended before its warm-up did";
    }
    if (failure == null) {
      failure = profiler("stop", "-o", "flamegraph", "-f", file.toString(), Long.toString(pid));
    }
    try {
      // The process keeps what it has loaded.
      AsyncProfilerLoader.deleteExtractionDirectory();
    } catch (IOException e) {
      failure = failure == null ? String.valueOf(e.getMessage()) : failure;
    }
    return failure == null
        ? "flame graph in " + file
        : "no flame graph of process " + pid + ": " + failure;
  }

  /** Tells the profiler in the process something; null if it did it, else its words. */
  private static @Nullable String profiler(String... arguments) {
    try {
      var unused = AsyncProfilerLoader.executeProfiler(arguments);
      return null;
    } catch (IOException | IllegalStateException e) {
      return String.valueOf(e.getMessage()).strip();
    }
  }
}
