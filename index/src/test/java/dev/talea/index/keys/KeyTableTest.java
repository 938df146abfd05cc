// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KeyTableTest {
  private final Map<Long, byte[]> records = new HashMap<>();
  private final KeyTable table = new KeyTable();

  @Test
  void keysWithTheSameHashAreToldApart() {
    for (int i = 1; i <= 100; i++) {
      add("key " + i, 42, i * 8L);
    }
    for (int i = 1; i <= 100; i++) {
      assertEquals(i * 8L, find("key " + i, 42));
    }
    assertEquals(KeyRecords.ABSENT, find("key 101", 42));
    assertEquals(100, table.size());
  }

  @Test
  void theGreatestAndTheLeastHashHaveTheirPlaces() {
    for (int i = 1; i <= 40; i++) {
      add("greatest " + i, -1, i * 8L);
      add("least " + i, 0, 1000 + i * 8L);
    }
    for (int i = 1; i <= 40; i++) {
      assertEquals(i * 8L, find("greatest " + i, -1));
      assertEquals(1000 + i * 8L, find("least " + i, 0));
    }
    assertEquals(KeyRecords.ABSENT, find("least 1", -1));
  }

  @Test
  void recordsBeyondWhatIsVisibleArePassedOver() {
    add("a", 7, 8);
    add("b", 7, 16);
    KeyRecords byContent = (position, key) -> Arrays.equals(records.get(position), key);
    assertEquals(KeyRecords.ABSENT, table.find(key("b"), 7, 8, byContent));
    assertEquals(16, table.find(key("b"), 7, 16, byContent));
  }

  @Test
  void theyComeOutByHashAsUnsignedNumbers() {
    long seed = Long.getLong("talea.seed", 20_261_121L);
    System.out.println("[talea] KeyTableTest seed " + seed);
    Random random = new Random(seed);
    TreeMap<Long, Long> expected = new TreeMap<>(Long::compareUnsigned);
    for (int i = 1; i <= 50_000; i++) {
      // Every third one crowds into a narrow range.
      long hash = i % 3 == 0 ? 0x7000_0000_0000_0000L + random.nextInt(1 << 20) : random.nextLong();
      if (expected.putIfAbsent(hash, i * 8L) == null) {
        table.add(hash, i * 8L);
      }
    }
    KeyEntries sorted = table.sorted();
    for (Map.Entry<Long, Long> entry : expected.entrySet()) {
      assertTrue(sorted.next());
      assertEquals(entry.getKey(), sorted.hash());
      assertEquals(entry.getValue(), sorted.position());
    }
    assertFalse(sorted.next());
  }

  private void add(String key, long hash, long position) {
    records.put(position, key(key));
    table.add(hash, position);
  }

  private long find(String key, long hash) {
    return table.find(
        key(key),
        hash,
        Long.MAX_VALUE,
        (position, wanted) -> Arrays.equals(records.get(position), wanted));
  }

  private static byte[] key(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }
}
