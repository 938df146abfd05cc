// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.row.MatchSide;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A row that was lost, doubled or changed on the way is seen, whatever its state. */
class PartTest {
  private static Part part(long rows, String asset, long sum) {
    return new Part(rows, Map.of(asset, Int128.of(sum)));
  }

  @Test
  void whatAddsUpIsNotLost() {
    Part read = part(3, "EUR", 7).and(part(1, "USD", -2));
    List<Part> states = List.of(part(1, "EUR", 3), part(2, "EUR", 4).and(part(1, "USD", -2)));
    assertNull(Part.lost(MatchSide.LEFT, read, states));
  }

  @Test
  void aLostRowAndAChangedAmountAreNamed() {
    Part read = part(2, "EUR", 7);
    assertEquals(
        "The left side does not add up: read 2 of rows, and filtered, matched, suggested, unmatched"
            + " and rejected are 1 together. Nothing of this run counts; keep its sources and"
            + " report it.",
        Part.lost(MatchSide.LEFT, read, List.of(part(1, "EUR", 7))));
    assertEquals(
        "The right side does not add up: read 7 of EUR, and filtered, matched, suggested, unmatched"
            + " and rejected are 8 together. Nothing of this run counts; keep its sources and"
            + " report it.",
        Part.lost(MatchSide.RIGHT, read, List.of(part(1, "EUR", 7), part(1, "EUR", 1))));
  }

  @Test
  void anAssetThatOnlyOneOfBothHasIsNamed() {
    String lost =
        Part.lost(MatchSide.LEFT, part(1, "EUR", 7), List.of(part(1, "USD", 7), Part.NONE));
    assertEquals(
        "The left side does not add up: read 7 of EUR", String.valueOf(lost).split(",", 2)[0]);
  }
}
