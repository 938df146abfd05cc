// SPDX-License-Identifier: Apache-2.0
package dev.talea.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final double NEARLY_ONE = Math.nextDown(1.0);

  @Test
  void waitsDoubleFrom200MillisecondsTo5SecondsAndNoFurther() {
    assertEquals(
        "[PT0.2S, PT0.4S, PT0.8S, PT1.6S, PT3.2S, PT5S, PT5S]",
        IntStream.rangeClosed(1, 7)
            .mapToObj(failed -> roundedUp(delay(failed, null, NEARLY_ONE)))
            .toList()
            .toString());
    assertEquals(Duration.ofSeconds(5), roundedUp(delay(1_000_000, null, NEARLY_ONE)));
  }

  @Test
  void theRandomPartIsTheUpperHalfOfAWait() {
    assertEquals(Duration.ofMillis(100), delay(1, null, 0));
    assertEquals(Duration.ofMillis(150), delay(1, null, 0.5));
  }

  @Test
  void whatTheServerAsksForIsNeverUndercut() {
    assertEquals(Duration.ofSeconds(7), delay(1, Duration.ofSeconds(7), 0));
    assertEquals(Duration.ofMillis(7_050), delay(1, Duration.ofSeconds(7), 0.5));
    // Asking for less than the schedule has anyway does not make it shorter.
    assertEquals(Duration.ofMillis(100), delay(1, Duration.ZERO, 0));
  }

  @Test
  void whoIsAskedToWaitForMoreThanAMinuteIsToldAtOnce() {
    assertNull(delay(1, Duration.ofSeconds(61), 0));
  }

  @Test
  void nonsenseIsRefused() {
    Duration second = Duration.ofSeconds(1);
    assertThrows(IllegalArgumentException.class, () -> new RetryPolicy(0, second, second));
    assertThrows(IllegalArgumentException.class, () -> new RetryPolicy(1, second, Duration.ZERO));
    assertThrows(
        IllegalArgumentException.class, () -> new RetryPolicy(1, second.negated(), second));
  }

  private static @Nullable Duration delay(int failed, @Nullable Duration askedFor, double random) {
    return RetryPolicy.DEFAULT.delayAfter(failed, askedFor, random);
  }

  private static Duration roundedUp(@Nullable Duration duration) {
    assertNotNull(duration);
    return Duration.ofMillis((duration.toNanos() + 999_999) / 1_000_000);
  }
}
