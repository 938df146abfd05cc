// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows a person at a terminal how far a command has got with the files it goes over; elsewhere
 * nothing. Any thread tells; closing twice is fine.
 */
final class PassProgress implements AutoCloseable {
  private static final int REPAINT_MILLIS = 200;
  private static final long MIB = 1 << 20;

  private final AtomicLong passed = new AtomicLong();
  private @Nullable ProgressBar bar;

  private PassProgress(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  /**
   * Begins.
   *
   * @param task one word
   * @param bytesTotal about how many bytes there are to go over
   */
  static PassProgress of(Shell shell, String task, long bytesTotal, int columnsDefault) {
    return of(shell, task, bytesTotal, " MiB", MIB, columnsDefault);
  }

  /**
   * Begins.
   *
   * @param task one word
   * @param eventsTotal about how many there are to go over
   */
  static PassProgress ofEvents(Shell shell, String task, long eventsTotal, int columnsDefault) {
    return of(shell, task, eventsTotal, " events", 1, columnsDefault);
  }

  private static PassProgress of(
      Shell shell, String task, long total, String unit, long unitSize, int columnsDefault) {
    if (!shell.errIsTerminal()) {
      return new PassProgress(null);
    }
    int columns = Integer.getInteger("talea.columns", columnsDefault);
    return new PassProgress(
        new ProgressBarBuilder()
            .setTaskName(task)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REPAINT_MILLIS)
            .setInitialMax(Math.max(total, 1))
            .setUnit(unit, unitSize)
            .setConsumer(new TerminalLine(shell.err(), columns))
            .build());
  }

  void passed(long more) {
    long now = passed.addAndGet(more);
    ProgressBar shown = bar;
    if (shown != null) {
      shown.stepTo(now);
    }
  }

  @Override
  public void close() {
    ProgressBar shown = bar;
    bar = null;
    if (shown != null) {
      shown.close();
    }
  }
}
