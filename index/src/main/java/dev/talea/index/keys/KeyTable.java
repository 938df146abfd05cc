// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.keys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Idempotency keys in memory: hash and position of each, 16 bytes and the slack of a hash table.
 * Different keys with one hash stand in neighbouring slots, found by the same walk.
 *
 * <p>A key's slot is found by the upper bits of its hash and never wraps around, so that walking
 * the slots gives the keys almost sorted: writing them to a file needs no copy to sort.
 *
 * <p>The book's writer adds; any thread finds what was added before it was told of it.
 */
final class KeyTable {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int FIRST_BITS = 4;

  /**
   * @param pairs hash, position, hash, position, ...; the position is written last, and one of 0
   *     ends a walk
   * @param shift what is left of a hash after this many bits is the slot it belongs to
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier of slots, never compared
  private record Slots(long[] pairs, int shift) {
    static Slots ofBits(int bits) {
      int slots = (1 << bits) + (1 << Math.max(bits - 5, 3));
      return new Slots(new long[2 * slots], Long.SIZE - bits);
    }

    int count() {
      return pairs.length / 2;
    }

    int home(long hash) {
      return (int) (hash >>> shift);
    }

    /** False if there is no slot left before the last one, which stays empty. */
    boolean add(long hash, long position) {
      int slot = home(hash);
      while (pairs[2 * slot + 1] != KeyRecords.ABSENT) {
        slot++;
      }
      if (slot == count() - 1) {
        return false;
      }
      pairs[2 * slot] = hash;
      SLOT.setRelease(pairs, 2 * slot + 1, position);
      return true;
    }
  }

  private volatile Slots slots = Slots.ofBits(FIRST_BITS);
  private int size;

  /** How many keys were added; for the writer, and for others once the writer has let go. */
  int size() {
    return size;
  }

  /** Adds a key that {@link #find} did not find. */
  void add(long hash, long position) {
    if (size >= slots.count() / 4 * 3) {
      grow();
    }
    while (!slots.add(hash, position)) {
      grow();
    }
    size++;
  }

  private void grow() {
    Slots before = slots;
    int bits = Long.SIZE - before.shift;
    Slots after;
    do {
      after = Slots.ofBits(++bits);
    } while (!copy(before, after));
    slots = after;
  }

  private static boolean copy(Slots from, Slots to) {
    for (int i = 0; i < from.pairs.length; i += 2) {
      if (from.pairs[i + 1] != KeyRecords.ABSENT && !to.add(from.pairs[i], from.pairs[i + 1])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Position of the record with this key, or {@link KeyRecords#ABSENT}.
   *
   * @param positionMax records further on are passed over; they may not be on disk yet
   */
  long find(byte[] key, long hash, long positionMax, KeyRecords records) {
    Slots now = slots;
    int slot = now.home(hash);
    while (true) {
      long position = (long) SLOT.getAcquire(now.pairs, 2 * slot + 1);
      if (position == KeyRecords.ABSENT) {
        return KeyRecords.ABSENT;
      }
      if (now.pairs[2 * slot] == hash && position <= positionMax && records.hasKey(position, key)) {
        return position;
      }
      slot++;
    }
  }

  /**
   * Looks at the slot of a hash and at nothing it depends on, so that a loop over many waits for
   * the memory of several at a time. What it returns means nothing; a look that is not used is one
   * that the compiler leaves out.
   */
  long touch(long hash) {
    Slots now = slots;
    return now.pairs[2 * now.home(hash) + 1];
  }

  /** All keys by hash. Nothing may be added from now on. */
  KeyEntries sorted() {
    return new Sorted(slots.pairs);
  }

  /**
   * Between two empty slots stand exactly the keys that belong there, out of order only among
   * themselves: each such cluster is sorted on its own.
   */
  private static final class Sorted implements KeyEntries {
    private final long[] pairs;
    private int slot;
    private long[] cluster = new long[64];
    private int clusterSize;
    private int at;

    Sorted(long[] pairs) {
      this.pairs = pairs;
    }

    @Override
    public boolean next() {
      at++;
      if (at < clusterSize) {
        return true;
      }
      at = 0;
      return nextCluster();
    }

    private boolean nextCluster() {
      clusterSize = 0;
      while (2 * slot < pairs.length && pairs[2 * slot + 1] == KeyRecords.ABSENT) {
        slot++;
      }
      while (2 * slot < pairs.length && pairs[2 * slot + 1] != KeyRecords.ABSENT) {
        insert(pairs[2 * slot], pairs[2 * slot + 1]);
        slot++;
      }
      return clusterSize > 0;
    }

    private void insert(long hash, long position) {
      if (2 * clusterSize == cluster.length) {
        cluster = Arrays.copyOf(cluster, 2 * cluster.length);
      }
      int to = clusterSize++;
      while (to > 0 && Long.compareUnsigned(cluster[2 * to - 2], hash) > 0) {
        cluster[2 * to] = cluster[2 * to - 2];
        cluster[2 * to + 1] = cluster[2 * to - 1];
        to--;
      }
      cluster[2 * to] = hash;
      cluster[2 * to + 1] = position;
    }

    @Override
    public long hash() {
      return cluster[2 * at];
    }

    @Override
    public long position() {
      return cluster[2 * at + 1];
    }
  }
}
