// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.talea.ledger.Limits;
import org.junit.jupiter.api.Test;

class RefTest {

  @Test
  void aRefGivesBackPositionAndIndex() {
    long[] positions = {8, 4096, 4104, 1L << 40, (1L << 53) - 8};
    int[] indexes = {0, 1, Limits.POSTINGS_MAX - 1};
    for (long position : positions) {
      for (int index : indexes) {
        long ref = Ref.of(position, index);
        assertNotEquals(Ref.NONE, ref);
        assertEquals(position, Ref.position(ref));
        assertEquals(index, Ref.index(ref));
      }
    }
  }

  @Test
  void theBitsLieAsDrawnInTheFormat() {
    assertEquals(((4096L / 8) << 14) | 5, Ref.of(4096, 5));
  }

  @Test
  void positionsThatCannotBeNamedAreRefused() {
    assertThrows(IllegalStateException.class, () -> Ref.of(0, 0));
    assertThrows(IllegalStateException.class, () -> Ref.of(4097, 0));
    assertThrows(IllegalStateException.class, () -> Ref.of(1L << 53, 0));
  }
}
