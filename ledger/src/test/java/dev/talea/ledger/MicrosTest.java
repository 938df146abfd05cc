// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class MicrosTest {

  @Test
  void commitTimesGoThereAndBack() {
    for (long micros : new long[] {0, 1, -1, 1_767_225_600_123_456L, -1_000_001}) {
      assertEquals(micros, Micros.floor(Micros.instant(micros)));
    }
  }

  @Test
  void aMomentWithinAMicrosecondCountsAsItsBeginning() {
    assertEquals(1_500_000, Micros.floor(Instant.ofEpochSecond(1, 500_000_999)));
    assertEquals(-1, Micros.floor(Instant.ofEpochSecond(-1, 999_999_999)));
  }

  @Test
  void momentsBeyondAnyCommitAreTheFarthestOnThatSide() {
    assertEquals(Long.MAX_VALUE, Micros.floor(Instant.MAX));
    assertEquals(Long.MIN_VALUE, Micros.floor(Instant.MIN));
  }
}
