package dev.talea.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryKeyIndexTest {
  private final Map<Long, byte[]> records = new HashMap<>();
  private final MemoryKeyIndex index =
      new MemoryKeyIndex((position, key) -> Arrays.equals(records.get(position), key));

  @Test
  void keysWithTheSameHashAreToldApart() {
    for (int i = 1; i <= 100; i++) {
      add("key " + i, 42, i * 8L);
    }
    for (int i = 1; i <= 100; i++) {
      assertEquals(i * 8L, index.find(key("key " + i), 42));
    }
    assertEquals(KeyIndex.ABSENT, index.find(key("key 101"), 42));
  }

  @Test
  void neighbouringHashesShareTheirSlotsWithoutConfusion() {
    add("a", Long.MAX_VALUE, 8);
    add("b", Long.MAX_VALUE, 16);
    add("c", Long.MIN_VALUE, 24);
    assertEquals(8, index.find(key("a"), Long.MAX_VALUE));
    assertEquals(16, index.find(key("b"), Long.MAX_VALUE));
    assertEquals(24, index.find(key("c"), Long.MIN_VALUE));
    assertEquals(KeyIndex.ABSENT, index.find(key("b"), 0));
  }

  private void add(String key, long hash, long position) {
    records.put(position, key(key));
    index.add(key(key), hash, position);
  }

  private static byte[] key(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }
}
