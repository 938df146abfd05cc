// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the wall clock may give commit times. Times in a ledger never go back, so one
 * wrong look at a clock that is years ahead would stand in every later record. A clock that has run
 * ahead, since the process started, of the time that has passed by more than a limit is therefore
 * not used until it is right again or a person has accepted it.
 *
 * <p>A clock that is behind does no harm: commit times then move on by the smallest step. One that
 * was wrong when the process started cannot be told from a right one here; stores compare it with
 * their last commits.
 *
 * <p>Apart from the stores because those that take commit times from this machine share it. Pure:
 * it is handed what the clocks show. Any thread; no lock is held while a clock is looked at.
 */
public final class ClockGuard {
  private static final long MICROS_PER_SECOND = 1_000_000;

  /** Clocks that are adjusted all the time wander by so much. */
  private static final long SAME_MICROS = 60 * MICROS_PER_SECOND;

  private final long aheadMaxMicros;

  /** Wall clock less the monotonic clock when it was last known to be right, microseconds. */
  private volatile Offsets right;

  /** What was seen when the clock was last found to be ahead; null while it is right. */
  private volatile @Nullable Ahead ahead;

  private record Offsets(long fromMonotonic, long fromBoot) {}

  private record Ahead(Offsets offsets, Outage outage) {}

  /**
   * Takes the clock as it is now for right.
   *
   * @param aheadMaxMicros how far it may run ahead of the time that has passed
   * @param wallMicros microseconds since 1970
   * @param monotonicMicros a monotonic clock that may stand still while the machine sleeps
   * @param sinceBootMicros one that does not; the same as the other where there is none
   */
  public ClockGuard(
      long aheadMaxMicros, long wallMicros, long monotonicMicros, long sinceBootMicros) {
    if (aheadMaxMicros < 1) {
      throw new IllegalArgumentException(
          "aheadMaxMicros is " + aheadMaxMicros + "; must be at least 1");
    }
    this.aheadMaxMicros = aheadMaxMicros;
    this.right = new Offsets(wallMicros - monotonicMicros, wallMicros - sinceBootMicros);
  }

  /**
   * Says why the clock must not be used, or null if it may.
   *
   * @param monotonicMicros as in the constructor, now
   * @param sinceBoot likewise; asked only if the other clock says that the wall clock is ahead.
   *     Asleep, that one stands still, so it can only say so too often
   */
  public @Nullable Outage check(long wallMicros, long monotonicMicros, LongSupplier sinceBoot) {
    Offsets known = right;
    long fromMonotonic = wallMicros - monotonicMicros;
    if (fromMonotonic - known.fromMonotonic <= aheadMaxMicros) {
      ahead = null;
      return null;
    }
    long fromBoot = wallMicros - sinceBoot.getAsLong();
    long aheadMicros = fromBoot - known.fromBoot;
    if (aheadMicros <= aheadMaxMicros) {
      ahead = null;
      return null;
    }
    Ahead before = ahead;
    // The same words for the same trouble, so that it is news once.
    Outage outage =
        before != null && Math.abs(before.offsets.fromBoot - fromBoot) < SAME_MICROS
            ? before.outage
            : outage(aheadMicros, wallMicros);
    ahead = new Ahead(new Offsets(fromMonotonic, fromBoot), outage);
    return outage;
  }

  private Outage outage(long aheadMicros, long wallMicros) {
    String reason =
        "the clock of the server has run ahead of the time that has passed by "
            + aheadMicros / MICROS_PER_SECOND
            + " s, more than the limit of "
            + aheadMaxMicros / MICROS_PER_SECOND
            + " s; no commit times are taken from it";
    String detail =
        reason
            + ". It showed "
            + Micros.instant(wallMicros)
            + ". Set it right, and writes go on by themselves; or, if that is the right time, accept"
            + " it: `talea clock accept`, or restart.";
    return new Outage(Outage.Cause.CLOCK, reason, detail);
  }

  /**
   * What there is to tell the operator of a clock that is far from the last commits.
   *
   * @param behind whether the clock is the earlier of the two: it is wrong now, or was then
   * @param text for the log
   */
  public record Distance(boolean behind, String text) {}

  /**
   * At the start: a clock that is further from the last commits than the limit may have been wrong
   * then, or may be now.
   *
   * @param wallMicros what the clock shows, microseconds since 1970
   * @param newestMicros time of the newest of all commits; 0 if there is none
   * @return null if there is nothing to tell
   */
  public @Nullable Distance distance(long wallMicros, long newestMicros) {
    if (newestMicros == 0 || Math.abs(wallMicros - newestMicros) <= aheadMaxMicros) {
      return null;
    }
    boolean behind = wallMicros < newestMicros;
    String clock = "The clock of this machine shows " + Micros.instant(wallMicros);
    String last = "the last commit " + (behind ? "at " : "was at ") + Micros.instant(newestMicros);
    return new Distance(
        behind,
        behind
            ? clock
                + ", long before "
                + last
                + ": it is wrong now, or was then. Until it gets there, commit times move on by a"
                + " microsecond"
            : clock
                + "; "
                + last
                + ". If nothing was posted in between, that is well; commit times are taken from"
                + " this clock");
  }

  /** A person says that the clock as it was last seen is right. Does nothing if it is not ahead. */
  public void accept() {
    Ahead seen = ahead;
    if (seen != null) {
      right = seen.offsets;
      ahead = null;
    }
  }
}
