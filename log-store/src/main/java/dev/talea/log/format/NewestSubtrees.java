// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import dev.talea.log.LogReader;
import org.jspecify.annotations.Nullable;

/**
 * The roots of the subtrees of {@link LogReader#SUBTREE_RECORDS} records that were completed last.
 * They come up while a writer hashes anyway, so keeping some saves whatever makes proofs from
 * hashing the same records again.
 *
 * <p>Written by the thread that hashes, read by any. Takes nothing until the first subtree is
 * complete, and 64 KiB or so at most: those of a quarter of a million records.
 */
final class NewestSubtrees {
  private static final int KEPT_MAX = 1024;
  private static final int KEPT_MIN = 16;

  /** By index modulo the length, which is a power of two. */
  private byte @Nullable [][] kept;

  /** Index of the first one that may be kept, and the one after the last. */
  private long from;

  private long to;

  /** Those of a log are complete in order; one out of order begins anew. */
  synchronized void add(long index, byte[] root) {
    byte[][] slots = kept;
    if (slots == null || index != to) {
      slots = new byte[KEPT_MIN][];
      from = index;
    } else if (to - from == slots.length && slots.length < KEPT_MAX) {
      byte[][] longer = new byte[2 * slots.length][];
      for (long each = from; each < to; each++) {
        longer[slot(each, longer)] = slots[slot(each, slots)];
      }
      slots = longer;
    }
    slots[slot(index, slots)] = root;
    kept = slots;
    to = index + 1;
    from = Math.max(from, to - slots.length);
  }

  /** A copy of the root, or null if it is not kept. */
  synchronized byte @Nullable [] at(long index) {
    byte[][] slots = kept;
    return slots == null || index < from || index >= to ? null : slots[slot(index, slots)].clone();
  }

  private static int slot(long index, byte[][] slots) {
    return (int) index & (slots.length - 1);
  }
}
