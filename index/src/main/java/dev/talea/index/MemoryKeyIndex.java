package dev.talea.index;

import org.agrona.collections.Long2LongHashMap;

/**
 * A {@link KeyIndex} in memory: 16 bytes a key, and their hash table's slack. Different keys with
 * one hash stand in neighbouring slots, found by the same walk that looks for them.
 *
 * <p>Owned by the book's writer.
 */
final class MemoryKeyIndex implements KeyIndex {
  private final Long2LongHashMap positions = new Long2LongHashMap(ABSENT);
  private final Records records;

  MemoryKeyIndex(Records records) {
    this.records = records;
  }

  @Override
  public long find(byte[] key, long hash) {
    long slot = hash;
    long position = positions.get(slot);
    while (position != ABSENT && !records.hasKey(position, key)) {
      slot++;
      position = positions.get(slot);
    }
    return position;
  }

  @Override
  public void add(byte[] key, long hash, long position) {
    long slot = hash;
    while (positions.get(slot) != ABSENT) {
      slot++;
    }
    positions.put(slot, position);
  }
}
