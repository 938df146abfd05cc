// SPDX-License-Identifier: Apache-2.0
package dev.talea.tools;

import dev.talea.reconcile.run.JsonTree;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a run, and shows a person at a terminal how far it is: a bar for each step,
 * over the rows that it has to do.
 *
 * <p>One thread; the bar repaints itself on one of its own.
 */
final class ReconcileWait {
  private static final Set<String> GOING = Set.of("queued", "running", "cancelling");
  private static final long PAUSE_NANOS = 100_000_000L;
  private static final int COLUMNS = 80;

  private final ReconcileClient client;
  private final Shell shell;
  private final LongConsumer pause;

  /**
   * @param pause waits for so many nanoseconds
   */
  ReconcileWait(ReconcileClient client, Shell shell, LongConsumer pause) {
    this.client = client;
    this.shell = shell;
    this.pause = pause;
  }

  /**
   * The run as it has ended.
   *
   * @param begun what the server answered to its beginning
   */
  byte[] end(byte[] begun) {
    String id = JsonTree.text(ReconcileClient.tree(begun), "id");
    ProgressBar bar = null;
    String step = "";
    try {
      while (true) {
        byte[] answer = client.get("/runs/" + id);
        Map<String, @Nullable Object> run = ReconcileClient.tree(answer);
        if (!GOING.contains(JsonTree.text(run, "state"))) {
          return answer;
        }
        Map<String, @Nullable Object> at = JsonTree.child(run, "progress");
        if (shell.errIsTerminal() && !at.isEmpty()) {
          String now = JsonTree.text(at, "step");
          if (bar != null && !now.equals(step)) {
            bar.close();
            bar = null;
          }
          if (bar == null) {
            step = now;
            bar = bar(now);
          }
          bar.maxHint(JsonTree.number(at, "total", -1));
          bar.stepTo(JsonTree.number(at, "done", 0));
        }
        pause.accept(PAUSE_NANOS);
      }
    } finally {
      if (bar != null) {
        bar.close();
      }
    }
  }

  private ProgressBar bar(String step) {
    return new ProgressBarBuilder()
        .setTaskName(step)
        .setStyle(ProgressBarStyle.ASCII)
        .setUnit(" rows", 1)
        .setInitialMax(-1)
        .setConsumer(new TerminalLine(shell.err(), COLUMNS))
        .build();
  }
}
