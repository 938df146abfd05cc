// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a delivery that has failed is tried again: the times that Standard Webhooks suggests, each a
 * little longer by chance, so that receivers that failed together are not asked together.
 * Stateless.
 */
final class RetryTimes {
  private static final List<Duration> AFTER =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(14),
          Duration.ofHours(20),
          Duration.ofHours(24));

  /** A receiver may ask for more patience than the table has, but not for all of it. */
  private static final Duration ASKED_MAX = Duration.ofHours(24);

  private static final double SPREAD = 0.2;

  private RetryTimes() {}

  /** Attempts, the first included. */
  static int attempts() {
    return AFTER.size() + 1;
  }

  /**
   * How long to wait.
   *
   * @param failures in a row, from 1
   * @param asked what the receiver asked for, or null
   * @param chance between 0 and 1
   * @return null if it is not tried again by itself
   */
  static @Nullable Duration after(int failures, @Nullable Duration asked, double chance) {
    if (failures > AFTER.size()) {
      return null;
    }
    Duration due = AFTER.get(failures - 1);
    due = due.plusMillis((long) (due.toMillis() * SPREAD * chance));
    if (asked == null) {
      return due;
    }
    Duration wanted = asked.compareTo(ASKED_MAX) > 0 ? ASKED_MAX : asked;
    return wanted.compareTo(due) > 0 ? wanted : due;
  }
}
