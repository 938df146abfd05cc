// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SinceBootTest {
  private long nanos = 7_000_000;
  private @Nullable String uptime;
  private final SinceBoot clock = new SinceBoot(() -> nanos, () -> uptime);

  @Test
  void withoutACounterItIsTheMonotonicClock() {
    assertEquals(7_000, clock.micros());
    uptime = "words";
    assertEquals(7_000, clock.micros());
    uptime = "no number";
    assertEquals(7_000, clock.micros());
  }

  @Test
  void theCounterGoesOnWhileTheMachineSleepsAndWhileItCannotBeRead() {
    uptime = "100.25 3.00\n";
    assertEquals(100_250_000, clock.micros());
    nanos += 1_000_000;
    uptime = "3700.25 3.00\n";
    assertEquals(3_700_250_000L, clock.micros(), "an hour asleep");
    uptime = null;
    nanos += 2_000_000;
    assertEquals(3_700_252_000L, clock.micros(), "no file handle for the moment");
  }
}
