// SPDX-License-Identifier: Apache-2.0
package dev.talea.projections.webhook;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetryTimesTest {
  private static Duration after(int failures, Duration asked, double chance) {
    return requireNonNull(RetryTimes.after(failures, asked, chance));
  }

  @Test
  void theyAreThoseOfTheSpecification() {
    List<String> times = new ArrayList<>();
    Duration all = Duration.ZERO;
    for (int failures = 1; failures < RetryTimes.attempts(); failures++) {
      Duration each = requireNonNull(RetryTimes.after(failures, null, 0));
      all = all.plus(each);
      times.add(each.toString());
    }
    assertEquals(
        List.of("PT5S", "PT5M", "PT30M", "PT2H", "PT5H", "PT10H", "PT14H", "PT20H", "PT24H"),
        times);
    assertEquals(Duration.parse("PT75H35M5S"), all);
    assertEquals(10, RetryTimes.attempts());
    assertEquals(null, RetryTimes.after(10, Duration.ofSeconds(1), 0));
  }

  @Test
  void chanceSpreadsThemAndAReceiverMayAskForMore() {
    assertEquals(Duration.ofMillis(5_500), requireNonNull(RetryTimes.after(1, null, 0.5)));
    assertEquals(Duration.ofSeconds(5), after(1, Duration.ofSeconds(1), 0));
    assertEquals(Duration.ofMinutes(2), after(1, Duration.ofMinutes(2), 0.9));
    assertEquals(Duration.ofHours(24), after(1, Duration.ofDays(400), 0));
  }
}
