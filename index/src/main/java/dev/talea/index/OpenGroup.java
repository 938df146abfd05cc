// SPDX-License-Identifier: Apache-2.0
package dev.talea.index;

import dev.talea.ledger.Outage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes answers as of a moment repeatable: once that moment has passed, nothing is committed at or
 * before it any more. A group gets its time when its first draft is decided and is seen when it has
 * been synced; a question that falls between the two would be answered without the group, and the
 * next time with it.
 *
 * <p>Two numbers do it. The writer says at what {@link #time} the group under way will commit;
 * those who ask say up to which moment they have {@link #answered}. Each writes its own and then
 * reads the other's, both volatile, so at least one of the two sees the other:
 *
 * <ul>
 *   <li>The writer sees the question: it moves the group behind it.
 *   <li>The question sees the group: if it is at or behind the time of the group, it waits until
 *       the group is over, and then reads heads that were published before that. Groups that are
 *       opened later see the question.
 *   <li>Both: the group moves, the question waits for it to move or to be over, and either is well.
 * </ul>
 *
 * A moment that has not passed yet is not noted, or clients could push commit times into the
 * future; it waits all the same.
 *
 * <p>{@link #open} and {@link #over} are the writer's; any thread asks. A log that fails leaves its
 * group open: it is not known whether it is on disk, so what depends on it cannot be answered until
 * the book has been opened again.
 */
final class OpenGroup {
  /** How long a question waits at most for one group, all questions together. */
  static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private static final VarHandle ANSWERED;

  static {
    try {
      ANSWERED = MethodHandles.lookup().findVarHandle(OpenGroup.class, "answered", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final long NONE = Long.MAX_VALUE;

  /** Of the group under way, microseconds; {@link #NONE} if none is. */
  private volatile long time = NONE;

  /** The latest moment, not in the future then, that a reader has asked about. */
  private volatile long answered = Long.MIN_VALUE;

  /** How many wait; changed under the monitor. */
  private volatile int waiting;

  // What was waited for first, and since when; guarded by the monitor.
  private long waitedFor = NONE;
  private long waitedSince;

  /**
   * A group begins.
   *
   * @param earliest later than the group before
   * @return the time it commits at: that, or later
   */
  long open(long earliest) {
    long at = earliest;
    while (true) {
      long asked = answered;
      if (at <= asked) {
        at = asked + 1;
      }
      time = at;
      if (answered < at) {
        return at;
      }
    }
  }

  /** The group is over: readers see what was in it, or nothing was. */
  void over() {
    if (time != NONE) {
      time = NONE;
      wake();
    }
  }

  /** Has those who wait look again: the group may never be over. */
  void wake() {
    if (waiting > 0) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  /**
   * Returns when the answer as of a moment is what it will be for ever, if the moment has passed.
   *
   * @param asOf microseconds
   * @param now what the clock shows that commit times are taken from
   * @param failure why the group will not be over; null while it may be
   * @param nanos a monotonic clock
   * @return why it cannot be said; null if it can
   */
  @Nullable Outage settle(
      long asOf, long now, Supplier<@Nullable Outage> failure, LongSupplier nanos) {
    if (asOf <= now) {
      raiseAnswered(asOf);
    }
    long under = time;
    return under == NONE || asOf < under ? null : await(under, failure, nanos);
  }

  private void raiseAnswered(long asOf) {
    long known = answered;
    while (known < asOf) {
      long seen = (long) ANSWERED.compareAndExchange(this, known, asOf);
      if (seen == known) {
        return;
      }
      known = seen;
    }
  }

  private synchronized @Nullable Outage await(
      long under, Supplier<@Nullable Outage> failure, LongSupplier nanos) {
    if (waitedFor != under) {
      waitedFor = under;
      waitedSince = nanos.getAsLong();
    }
    boolean interrupted = false;
    waiting++;
    try {
      while (time == under) {
        Outage failed = failure.get();
        if (failed != null) {
          return failed;
        }
        long left = WAIT_NANOS_MAX - (nanos.getAsLong() - waitedSince);
        if (left <= 0) {
          return Outage.of(
              Outage.Cause.SHORTAGE,
              "a commit that belongs to the answer has been under way for more than "
                  + TimeUnit.NANOSECONDS.toSeconds(WAIT_NANOS_MAX)
                  + " s");
        }
        try {
          wait(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          interrupted = true;
          return Outage.of(Outage.Cause.SHORTAGE, "the thread that reads was interrupted");
        }
      }
      return null;
    } finally {
      waiting--;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
