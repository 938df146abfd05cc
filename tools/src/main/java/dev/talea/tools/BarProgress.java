// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Progress for a person at a terminal: a bar over the bytes of the file with the remaining time,
 * and behind it what became of the lines. The bar repaints itself on a thread of its own;
 * everything else is one thread's.
 */
final class BarProgress implements LoadProgress {
  private static final int REPAINT_MILLIS = 200;
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  private final ProgressBar bar;
  private boolean waiting;

  /**
   * @param bytesTotal length of the input; 0 if unknown
   */
  BarProgress(PrintStream err, int columns, long bytesTotal) {
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName("load")
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REPAINT_MILLIS)
            .setInitialMax(bytesTotal > 0 ? bytesTotal : -1)
            .setConsumer(new TerminalLine(err, columns));
    this.bar =
        (bytesTotal < MIB ? builder.setUnit(" KiB", KIB) : builder.setUnit(" MiB", MIB)).build();
  }

  @Override
  public void update(LoadTally tally) {
    bar.stepTo(tally.bytesDone());
    if (!waiting) {
      String rejected = tally.rejected() == 0 ? "" : ", " + tally.rejected() + " rejected";
      bar.setExtraMessage(
          String.format(Locale.ROOT, " %,d lines, %,d/s%s", tally.lines(), tally.rate(), rejected));
    }
  }

  @Override
  public void waiting(String why, Duration patienceLeft) {
    waiting = true;
    bar.setExtraMessage(
        " waiting for the server, " + Math.max(patienceLeft.toSeconds(), 0) + " s more");
  }

  @Override
  public void resumed() {
    waiting = false;
  }

  @Override
  public void close() {
    bar.close();
  }
}
