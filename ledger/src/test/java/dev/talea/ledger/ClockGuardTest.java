// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A clock may go as it likes, but not far ahead of the time that passes. */
class ClockGuardTest {
  private static final long SECOND = 1_000_000;
  private static final long DAY = 86_400 * SECOND;
  private static final long NOON = 1_767_268_800 * SECOND;

  private final ClockGuard guard = new ClockGuard(DAY, NOON, 5 * SECOND, 9 * SECOND);
  private int looks;

  /** So long after the start, with the clock so far off. */
  private @Nullable Outage after(long passed, long slept, long off) {
    return guard.check(
        NOON + passed + off,
        5 * SECOND + passed - slept,
        () -> {
          looks++;
          return 9 * SECOND + passed;
        });
  }

  @Test
  void timeThatPassesIsRight() {
    assertNull(after(400 * DAY, 0, 0));
    assertEquals(0, looks, "the file of the time since boot is read only if there is a doubt");
  }

  @Test
  void soIsTimeThatPassesWhileTheMachineSleeps() {
    assertNull(after(400 * DAY, 399 * DAY, 0));
    assertEquals(1, looks);
  }

  @Test
  void aClockThatIsBehindOrALittleAheadIsUsed() {
    assertNull(after(60 * SECOND, 0, -10_000 * DAY));
    assertNull(after(60 * SECOND, 0, DAY));
  }

  @Test
  void aClockThatJumpsAheadIsNotUsedUntilItIsRight() {
    Outage outage = after(60 * SECOND, 0, DAY + SECOND);
    assertNotNull(outage);
    assertEquals(Outage.Cause.CLOCK, outage.cause());
    assertTrue(outage.reason().contains("86401 s"), outage.reason());
    assertTrue(outage.detail().contains("talea clock accept"), outage.detail());
    assertSame(outage, after(61 * SECOND, 0, DAY + SECOND), "one trouble, told in the same words");
    assertNull(after(62 * SECOND, 0, 0));
    assertNotNull(after(63 * SECOND, 0, 200 * 365 * DAY));
  }

  @Test
  void whatAPersonAcceptsIsRightFromThenOn() {
    assertNotNull(after(60 * SECOND, 0, 100 * DAY));
    guard.accept();
    assertNull(after(61 * SECOND, 0, 100 * DAY));
    assertNull(after(61 * SECOND, 0, 101 * DAY));
    assertNotNull(after(62 * SECOND, 0, 102 * DAY), "and no further");
    assertNull(after(63 * SECOND, 0, 0), "back to where it was is behind, and may be");
  }

  @Test
  void acceptingARightClockChangesNothing() {
    guard.accept();
    assertNotNull(after(60 * SECOND, 0, DAY + 1));
    assertNull(after(61 * SECOND, 0, DAY));
    guard.accept();
    assertNotNull(after(62 * SECOND, 0, DAY + 1));
  }

  @Test
  void atTheStartThereIsAWordAboutAClockThatIsFarFromTheLastCommit() {
    assertNull(guard.distance(NOON, 0), "there is none");
    assertNull(guard.distance(NOON, NOON + DAY));
    assertNull(guard.distance(NOON, NOON - DAY));
    ClockGuard.Distance later = guard.distance(NOON, NOON - 2 * DAY);
    assertNotNull(later);
    assertFalse(later.behind());
    assertEquals(
        "The clock of this machine shows 2026-01-01T12:00:00Z; the last commit was at"
            + " 2025-12-30T12:00:00Z. If nothing was posted in between, that is well; commit times"
            + " are taken from this clock",
        later.text());
    ClockGuard.Distance earlier = guard.distance(NOON, NOON + 2 * DAY);
    assertNotNull(earlier);
    assertTrue(earlier.behind());
    assertEquals(
        "The clock of this machine shows 2026-01-01T12:00:00Z, long before the last commit at"
            + " 2026-01-03T12:00:00Z: it is wrong now, or was then. Until it gets there, commit"
            + " times move on by a microsecond",
        earlier.text());
  }
}
