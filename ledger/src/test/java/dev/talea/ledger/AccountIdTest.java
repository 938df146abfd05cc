// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AccountIdTest {
  private static final long SEED = 7;

  @Test
  void theBookIsEscapedAndThePathIsNot() {
    assertEquals("a:b", new AccountId("a", "b").key());
    assertEquals("a\\:b:c", new AccountId("a:b", "c").key());
    assertEquals("a:b:c", new AccountId("a", "b:c").key());
    assertEquals("a\\\\:b", new AccountId("a\\", "b").key());
    assertEquals("a:\\b", new AccountId("a", "\\b").key());
    assertEquals("\\\\\\::\\:", new AccountId("\\:", "\\:").key());
    assertEquals("a::", new AccountId("a", ":").key());
    assertEquals("книга:счёт/1", new AccountId("книга", "счёт/1").key());
  }

  @Test
  void everyKeyReadsBackAndNoTwoAccountsShareOne() {
    Random random = new Random(SEED);
    Map<String, AccountId> seen = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      AccountId id = new AccountId(name(random), name(random));
      assertEquals(id, AccountId.parse(id.key()));
      AccountId other = seen.putIfAbsent(id.key(), id);
      assertTrue(other == null || other.equals(id), () -> id + " and " + other);
    }
  }

  private static String name(Random random) {
    List<String> parts = List.of(":", "\\", "a", "/", "é", "\uD83D\uDE00");
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      name.append(parts.get(random.nextInt(parts.size())));
    }
    return name.toString();
  }

  @Test
  void whatIsNoKeyIsRefused() {
    for (String text : List.of("", "a", "a\\:b", "a\\", "a\\b:c", "\\", "a\\\\")) {
      assertThrows(IllegalArgumentException.class, () -> AccountId.parse(text), text);
    }
    assertEquals(new AccountId("", ""), AccountId.parse(":"));
  }
}
