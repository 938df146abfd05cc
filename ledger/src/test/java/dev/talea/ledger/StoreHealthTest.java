// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.talea.ledger.Outage.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What writers tell is what readers see, and the listener hears of changes only. */
class StoreHealthTest {
  private static final Outage FULL = Outage.of(Cause.SPACE, "the disk is full");
  private static final Outage DENIED = Outage.of(Cause.PERMISSION, "permission denied");

  private final List<String> told = new ArrayList<>();
  private final StoreHealth health =
      new StoreHealth(
          (book, now) -> told.add(book + ": " + (now == null ? "well" : now.cause().label())));

  @Test
  void aBookIsDownFromTheFirstWordUntilItIsUpAgain() {
    health.down("a", FULL);
    health.down("a", FULL);
    assertEquals(FULL, health.of("a"));
    assertNull(health.of("b"));
    health.down("a", DENIED);
    health.up("a");
    health.up("a");
    assertNull(health.of("a"));
    assertEquals(List.of("a: space", "a: permission", "a: well"), told);
  }

  @Test
  void theTroubleOfTheStoreIsTheTroubleOfEveryBook() {
    Outage away = Outage.of(Cause.DATABASE, "the database does not answer");
    health.down("a", FULL);
    health.down(away);
    health.down(away);
    assertEquals(away, health.of("a"));
    assertEquals(away, health.of("b"));
    assertEquals(away, health.ofStore());
    health.up();
    health.up();
    assertEquals(FULL, health.of("a"));
    assertNull(health.of("b"));
    assertEquals(List.of("a: space", "null: database", "null: well"), told);
  }

  @Test
  void booksAreCountedByCause() {
    health.down("a", FULL);
    health.down("b", FULL);
    health.down("c", DENIED);
    assertEquals(3, health.booksDown());
    assertEquals(2, health.booksDown(Cause.SPACE));
    assertEquals(1, health.booksDown(Cause.PERMISSION));
    assertEquals(0, health.booksDown(Cause.DAMAGE));
    assertEquals(Map.of("a", FULL, "b", FULL, "c", DENIED), health.books());
    assertEquals("2 unavailable (space), 1 unavailable (permission)", health.toString());
  }
}
