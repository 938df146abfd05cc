// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How often and how patiently a call is tried.
 *
 * <p>Only what may get better by itself is tried again: no connection or a broken one, 408, 429,
 * 502, 503 and 504. That is safe for everything the ledger does: reads change nothing,
 * registrations and openings are no-ops the second time, and a transaction carries its idempotency
 * key.
 *
 * @param attempts tries in all, at least 1
 * @param firstDelay wait before the second try; it doubles from try to try
 * @param maxDelay the longest wait, unless the server asks for a longer one
 */
public record RetryPolicy(int attempts, Duration firstDelay, Duration maxDelay) {
  /** 3 tries, 200 ms doubling to 5 s. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(3, Duration.ofMillis(200), Duration.ofSeconds(5));

  /** One try. */
  public static final RetryPolicy NONE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

  /**
   * The longest {@code Retry-After} that is waited for. If the server asks for longer, the caller
   * is told at once instead.
   */
  static final Duration RETRY_AFTER_MAX = Duration.ofSeconds(60);

  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts is " + attempts + ", must be at least 1");
    }
    if (firstDelay.isNegative() || maxDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "delays are " + firstDelay + " to " + maxDelay + ", must be 0 or more and in order");
    }
  }

  /**
   * The wait after a failed try.
   *
   * <p>Half of it is fixed and half is drawn: callers that were refused together must not come back
   * together, yet none may come back at once. What the server asked for is a lower bound, so the
   * drawn part comes on top of it.
   *
   * @param failed which try failed, from 1
   * @param askedFor what the server said in {@code Retry-After}, or null
   * @param random from 0 inclusive to 1 exclusive
   * @return null if the server asks for a longer wait than {@link #RETRY_AFTER_MAX}
   */
  @Nullable Duration delayAfter(int failed, @Nullable Duration askedFor, double random) {
    // 2^20 times anything sensible is beyond maxDelay; the bound keeps the shift in range.
    Duration doubled = firstDelay.multipliedBy(1L << Math.min(failed - 1, 20));
    Duration step = doubled.compareTo(maxDelay) <= 0 ? doubled : maxDelay;
    Duration half = step.dividedBy(2);
    Duration drawn = Duration.ofNanos((long) (half.toNanos() * random));
    if (askedFor != null && askedFor.compareTo(RETRY_AFTER_MAX) > 0) {
      return null;
    }
    Duration atLeast = askedFor != null && askedFor.compareTo(half) > 0 ? askedFor : half;
    return atLeast.plus(drawn);
  }
}
