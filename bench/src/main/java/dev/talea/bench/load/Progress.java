// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import dev.talea.bench.report.Interval;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Shows that something is going on: on a terminal one line that changes every second, elsewhere a
 * line every five.
 *
 * <p>Has a thread of its own, because a terminal that was stopped with Ctrl-S blocks the thread
 * that writes to it, and that must not be the event loop that takes the times.
 */
final class Progress implements Consumer<Interval>, AutoCloseable {
  private static final int LINE_EVERY = 5;
  private static final String CLEAR_TO_END = "\u001b[K";

  private final PrintStream err;
  private final boolean terminal;
  private final String label;
  private final String unit;
  private final ExecutorService printer =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "talea-bench-progress");
            thread.setDaemon(true);
            return thread;
          });
  private int seconds;
  private long errors;

  Progress(PrintStream err, boolean terminal, String label, String unit) {
    this.err = err;
    this.terminal = terminal;
    this.label = label;
    this.unit = unit;
  }

  @Override
  public void accept(Interval interval) {
    printer.execute(() -> print(interval));
  }

  private void print(Interval interval) {
    errors += interval.errors();
    seconds++;
    if (!terminal && seconds % LINE_EVERY != 0) {
      return;
    }
    String line =
        String.format(
            Locale.ROOT,
            "%s %s%.0f s: %s %s/s, p99 %s, max %s, errors %d",
            label,
            interval.startSeconds() < -1e-3 ? "(warming up) " : "",
            interval.startSeconds() + interval.seconds(),
            Words.count(interval.seconds() == 0 ? 0 : interval.operations() / interval.seconds()),
            unit,
            Words.nanos(interval.p99Nanos()),
            Words.nanos(interval.maxNanos()),
            errors);
    if (terminal) {
      err.print("\r" + line + CLEAR_TO_END);
      err.flush();
    } else {
      err.println(line);
    }
  }

  @Override
  public void close() {
    printer.shutdown();
    try {
      if (printer.awaitTermination(1, TimeUnit.SECONDS) && terminal) {
        err.print("\r" + CLEAR_TO_END);
        err.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
