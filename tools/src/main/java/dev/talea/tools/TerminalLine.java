// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * The line of a terminal that a progress bar repaints, as it is, without asking the terminal
 * anything. For the bar's thread.
 */
record TerminalLine(PrintStream err, int columns) implements ProgressBarConsumer {
  @Override
  public int getMaxRenderedLength() {
    // One column less: a character in the last one makes some terminals start a new line.
    return columns - 1;
  }

  @Override
  public void accept(String text) {
    err.print("\r" + text);
    err.flush();
  }

  @Override
  public void close() {
    err.print("\r" + " ".repeat(columns - 1) + "\r");
    err.flush();
  }
}
