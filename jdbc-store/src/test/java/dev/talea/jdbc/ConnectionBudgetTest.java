// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.talea.jdbc.ConnectionBudget.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sum, and when it is too much. */
class ConnectionBudgetTest {
  private static Limits limits(int max, int superuser, int reserved) {
    return new Limits(
        max, superuser, reserved, ConnectionBudget.UNLIMITED, ConnectionBudget.UNLIMITED);
  }

  /** Of a server without projections. */
  private static ConnectionBudget budget(int writers, int readers, int instances) {
    return new ConnectionBudget(writers, readers, ConnectionBudget.LISTENERS, 0, instances, 0);
  }

  @Test
  void theSumIsSpelledOut() {
    assertEquals(
        "4 writing + 6 reading + 2 listening and notifying = 12 connections",
        budget(4, 6, 1).inWords());
    assertEquals(
        "3 instances x (4 writing + 6 reading + 2 listening and notifying) = 36 connections",
        budget(4, 6, 3).inWords());
  }

  @ParameterizedTest
  @CsvSource({
    // writers, readers, instances, max, superuser, reserved, fits
    "4, 6, 1, 100, 3, 0, true",
    "4, 6, 8, 100, 3, 0, true",
    "4, 6, 9, 100, 3, 0, false",
    "4, 6, 1, 15, 3, 0, true",
    "4, 6, 1, 14, 3, 0, false",
    "4, 6, 1, 15, 3, 1, false",
    "1, 1, 1, 4, 0, 0, true",
    "1, 1, 1, 2, 3, 0, false",
    "5000, 5000, 2000000, 2147483647, 3, 0, false",
  })
  void itFitsOrIsSaidNotTo(
      int writers, int readers, int instances, int max, int superuser, int reserved, boolean fits) {
    ConnectionBudget budget = budget(writers, readers, instances);
    String warning = budget.warning(limits(max, superuser, reserved));
    assertEquals(fits, warning == null, () -> "" + warning);
  }

  @Test
  void theWarningSaysWhatToChangeAndTheChangeHelps() {
    Limits limits = limits(40, 3, 2);
    String warning = budget(4, 6, 4).warning(limits);
    assertEquals(
        "Connection budget: 4 instances x (4 writing + 6 reading + 2 listening and notifying) = 48"
            + " connections, but the server has 35 for users like this one (max_connections 40 -"
            + " superuser_reserved_connections 3 - reserved_connections 2). Set TALEA_DB_POOL to 6"
            + " or less, or raise max_connections to 53 or more; other users of the server come on"
            + " top.",
        warning);
    assertNull(budget(3, 3, 4).warning(limits));
    assertNotNull(budget(3, 4, 4).warning(limits));
    assertNull(budget(4, 6, 4).warning(limits(53, 3, 2)));
    assertNotNull(budget(4, 6, 4).warning(limits(52, 3, 2)));
  }

  @Test
  void noPoolIsSmallEnoughForTooManyInstances() {
    String warning = "" + budget(1, 1, 20).warning(limits(40, 3, 0));
    assertTrue(warning.contains("Run fewer instances"), warning);
  }

  @Test
  void theUserAndTheDatabaseMayHaveLimitsOfTheirOwn() {
    String ofRole = "" + budget(4, 6, 1).warning(new Limits(100, 3, 0, 10, -1));
    assertTrue(ofRole.contains("has 10 for users like this one"), ofRole);
    assertTrue(ofRole.contains("the user's own limit is 10"), ofRole);
    assertTrue(ofRole.contains("have the limit raised to 12 or more"), ofRole);
    String ofDatabase = "" + budget(4, 6, 1).warning(new Limits(100, 3, 0, 50, 5));
    assertTrue(ofDatabase.contains("the database's own limit is 5"), ofDatabase);
    assertTrue(ofDatabase.contains("TALEA_DB_POOL to 3 or less"), ofDatabase);
    assertNull(budget(4, 6, 1).warning(new Limits(100, 3, 0, 12, 12)));
  }

  @Test
  void projectionsAreOneMoreTermAndMayBeAllThereIs() {
    ConnectionBudget all = new ConnectionBudget(4, 6, 2, 5, 2, 0);
    assertEquals(
        "2 instances x (4 writing + 6 reading + 2 listening and notifying + 5 for projections) ="
            + " 34 connections",
        all.inWords());
    String warning = "" + all.warning(limits(30, 3, 0));
    assertTrue(warning.contains("Set TALEA_DB_POOL to 6 or less"), warning);
    assertNull(new ConnectionBudget(3, 3, 2, 5, 2, 0).warning(limits(30, 3, 0)));
    assertEquals(
        "1 writing + 4 reading + 1 listening + 5 for projections = 11 connections",
        new ConnectionBudget(1, 4, 1, 5, 1, 0).inWords());
    ConnectionBudget tables = ConnectionBudget.ofProjections(5, 3, 0);
    assertEquals("3 instances x (5 for projections) = 15 connections", tables.inWords());
    warning = "" + tables.warning(limits(15, 3, 0));
    assertTrue(
        warning.contains(
            "POSTGRES_PROJECTION_POOL_SIZE and POSTGRES_PROJECTION_MAX_OVERFLOW to 4 or less"),
        warning);
  }

  @Test
  void noConnectionsAndNoInstancesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new ConnectionBudget(0, 0, 0, 0, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> budget(-1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> budget(1, 1, 0));
  }
}
