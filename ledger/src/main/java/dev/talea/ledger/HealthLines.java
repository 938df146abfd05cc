// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Words what changes in the health of a store for the operator's log, and leaves out what repeats
 * itself: a disk that is nearly full, or a standby, changes its mind at every group.
 *
 * <p>What becomes worse is told at once, for each book and for the store; the same cause at most
 * once a minute after that. A recovery is told if the trouble before it was. What is left out is
 * counted, and the next line says how many changes it were. If the last word is out of date when
 * the minute is over, the next change of any book or {@link #catchUp} puts it right.
 *
 * <p>Apart from {@link StoreHealth} because that one knows no time and is exact; apart from the
 * stores because all of them say the same. Holds an entry per book that had trouble within the last
 * minute. Any thread; lines are written outside of the lock, on the thread that caused them.
 */
public final class HealthLines implements StoreHealth.Listener {
  private static final long MINUTE_NANOS = 60_000_000_000L;

  /** The log of the store. */
  public interface Sink {
    /**
     * @param worse whether this is a warning; otherwise good news
     * @param text one line
     */
    void line(boolean worse, String text);
  }

  private record Line(boolean worse, String text) {}

  /** What a book, or the store, is and what has been told of it; guarded by the monitor. */
  private static final class Told {
    /** When a line last named a cause. */
    private final Map<Outage.Cause, Long> nanos = new HashMap<>();

    private @Nullable Outage now;
    private @Nullable Outage told;
    private int leftOut;
  }

  private final LongSupplier nanos;
  private final Sink sink;

  /** By name of the book; the empty name, which no book has, is the store's. */
  private final Map<String, Told> all = new HashMap<>();

  /**
   * @param nanos a monotonic clock, nanoseconds
   */
  public HealthLines(LongSupplier nanos, Sink sink) {
    this.nanos = nanos;
    this.sink = sink;
  }

  @Override
  public void changed(@Nullable String book, @Nullable Outage now) {
    List<Line> lines = new ArrayList<>(1);
    synchronized (this) {
      long time = nanos.getAsLong();
      String name = book == null ? "" : book;
      Told state = all.computeIfAbsent(name, unknown -> new Told());
      state.now = now;
      if (isNews(state, time)) {
        lines.add(line(name, state, time));
      } else {
        state.leftOut++;
      }
      addOverdue(lines, time);
    }
    lines.forEach(line -> sink.line(line.worse, line.text));
  }

  /**
   * Tells what was left out and is still so, once its minute is over. To be called now and then.
   */
  public void catchUp() {
    List<Line> lines = new ArrayList<>(1);
    synchronized (this) {
      if (all.isEmpty()) {
        return;
      }
      addOverdue(lines, nanos.getAsLong());
    }
    lines.forEach(line -> sink.line(line.worse, line.text));
  }

  private static boolean isNews(Told state, long time) {
    Outage now = state.now;
    if (now == null) {
      return state.told != null;
    }
    Long before = state.nanos.get(now.cause());
    return before == null || time - before >= MINUTE_NANOS;
  }

  private void addOverdue(List<Line> lines, long time) {
    all.entrySet()
        .removeIf(
            entry -> {
              Told state = entry.getValue();
              Outage now = state.now;
              if (now != null && !now.equals(state.told) && isNews(state, time)) {
                lines.add(line(entry.getKey(), state, time));
              }
              state.nanos.values().removeIf(before -> time - before >= MINUTE_NANOS);
              return now == null && state.told == null && state.nanos.isEmpty();
            });
  }

  private static Line line(String name, Told state, long time) {
    Outage now = state.now;
    StringBuilder text = new StringBuilder(name.isEmpty() ? "The ledger" : "Book '" + name + "'");
    if (now == null) {
      text.append(" takes writes again");
    } else {
      text.append(" takes no writes (").append(now.cause().label()).append("): ");
      text.append(now.detail());
      state.nanos.put(now.cause(), time);
    }
    if (state.leftOut > 0) {
      text.append(" [changes left out since the line before: ").append(state.leftOut).append(']');
    }
    state.told = now;
    state.leftOut = 0;
    return new Line(now != null, text.toString());
  }
}
