// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Who has to let go when too much is held: the oldest, of the address that it concerns. */
class HoldingsTest {
  private final List<String> letGo = new ArrayList<>();

  private Holdings.Hold hold(String name, int... address) throws UnknownHostException {
    byte[] bytes = new byte[address.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) address[i];
    }
    return new Holdings.Hold(InetAddress.getByAddress(bytes), () -> letGo.add(name));
  }

  @Test
  void theOldestOfTheAddressGoesAndOthersAreSafe() throws Exception {
    Holdings holdings = new Holdings(new Holdings.Bounds(2, 100, 1000, 10_000));
    holdings.keep(hold("other", 10, 0, 0, 2), 1);
    holdings.keep(hold("a", 10, 0, 0, 1), 1);
    holdings.keep(hold("b", 10, 0, 0, 1), 1);
    assertEquals(List.of(), letGo);
    holdings.keep(hold("c", 10, 0, 0, 1), 1);
    assertEquals(List.of("a"), letGo);
    assertEquals(3, holdings.count());
  }

  @Test
  void inAllItIsTheAddressWithMostThatPays() throws Exception {
    Holdings holdings = new Holdings(new Holdings.Bounds(10, 3, 1000, 1000));
    holdings.keep(hold("lonely", 10, 0, 0, 2), 600);
    holdings.keep(hold("a", 10, 0, 0, 1), 10);
    holdings.keep(hold("b", 10, 0, 0, 1), 10);
    // By count it is the address with more, by bytes the one with longer ones.
    holdings.keep(hold("newcomer", 10, 0, 0, 3), 10);
    assertEquals(List.of("a"), letGo);
    holdings.keep(hold("long", 10, 0, 0, 4), 500);
    assertEquals(List.of("a", "b", "lonely"), letGo.stream().sorted().toList());
    assertEquals(510, holdings.bytes());
  }

  @Test
  void growingDoesNotMakeYoungerAndLettingGoCountsUntilItIsDone() throws Exception {
    Holdings holdings = new Holdings(new Holdings.Bounds(2, 100, 1000, 10_000));
    Holdings.Hold a = hold("a", 10, 0, 0, 1);
    holdings.keep(a, 1);
    holdings.keep(hold("b", 10, 0, 0, 1), 1);
    holdings.keep(a, 500);
    holdings.keep(hold("c", 10, 0, 0, 1), 1);
    assertEquals(List.of("a"), letGo);
    assertTrue(holdings.mustLetGo(a));
    // It still holds something, but that is on its way out and must not push out others.
    holdings.keep(a, 900);
    assertEquals(List.of("a"), letGo);
    holdings.drop(a);
    assertFalse(holdings.mustLetGo(a));
    assertEquals(2, holdings.bytes());
  }

  @Test
  void addressesOfOneIpv6NetworkAreOne() throws Exception {
    Holdings holdings = new Holdings(new Holdings.Bounds(1, 100, 1000, 10_000));
    holdings.keep(hold("a", 32, 1, 13, 184, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1), 1);
    holdings.keep(hold("b", 32, 1, 13, 184, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9), 1);
    assertEquals(List.of("a"), letGo);
  }

  @Test
  void whateverHappensTheBoundsHoldAndNothingIsLeftAtTheEnd() throws Exception {
    long seed = Long.getLong("talea.seed", new Random().nextLong());
    Random random = new Random(seed);
    Holdings.Bounds bounds = new Holdings.Bounds(5, 12, 300, 700);
    Holdings holdings = new Holdings(bounds);
    Map<Integer, Holdings.Hold> holds = new HashMap<>();
    for (int step = 0; step < 20_000; step++) {
      int who = random.nextInt(40);
      Holdings.Hold hold = holds.get(who);
      if (hold == null) {
        hold = hold("h" + who, 10, 0, 0, who % 6);
        holds.put(who, hold);
      }
      if (random.nextInt(3) == 0) {
        holdings.drop(hold);
      } else {
        holdings.keep(hold, random.nextInt(120));
      }
      assertTrue(holdings.count() <= bounds.countInAll(), "-Dtalea.seed=" + seed);
      assertTrue(holdings.bytes() <= bounds.bytesInAll(), "-Dtalea.seed=" + seed);
    }
    holds.values().forEach(holdings::drop);
    assertEquals(0, holdings.count(), "-Dtalea.seed=" + seed);
    assertEquals(0, holdings.bytes(), "-Dtalea.seed=" + seed);
  }
}
