// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * Progress for logs: a line every few seconds, and one when the server goes away or comes back. One
 * thread.
 */
final class LineProgress implements LoadProgress {
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

  private final PrintStream err;
  private final long bytesTotal;
  private Duration nextLine = BETWEEN_LINES;
  private boolean waiting;

  /**
   * @param bytesTotal length of the input; 0 if unknown
   */
  LineProgress(PrintStream err, long bytesTotal) {
    this.err = err;
    this.bytesTotal = bytesTotal;
  }

  @Override
  public void update(LoadTally tally) {
    if (tally.elapsed().compareTo(nextLine) < 0) {
      return;
    }
    nextLine = tally.elapsed().plus(BETWEEN_LINES);
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "talea load: %d posted, %d deduplicated, %d rejected, %d/s",
                tally.posted(),
                tally.deduplicated(),
                tally.rejected(),
                tally.rate()));
    if (bytesTotal > 0 && tally.bytesDone() > 0) {
      double share = (double) tally.bytesDone() / bytesTotal;
      line.append(
          String.format(
              Locale.ROOT,
              ", %.0f %%, about %.0f s left",
              100 * share,
              tally.seconds() / share * (1 - share)));
    }
    err.println(line);
  }

  @Override
  public void waiting(String why, Duration patienceLeft) {
    if (!waiting) {
      waiting = true;
      err.println(
          "talea load: waiting for the server, for up to "
              + patienceLeft.toSeconds()
              + " s; it said: "
              + Terminal.safe(why));
    }
  }

  @Override
  public void resumed() {
    if (waiting) {
      waiting = false;
      err.println("talea load: the server takes drafts again");
    }
  }

  @Override
  public void close() {}
}
