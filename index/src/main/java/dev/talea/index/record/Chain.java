// SPDX-License-Identifier: Apache-2.0
package dev.talea.index.record;

import java.util.Arrays;

/**
 * The newest end of one chain of entries in a log: what the writer needs to link the next entry,
 * and the head that readers start from.
 *
 * <p>The book's writer owns everything but {@link #head}, which it publishes once the entries are
 * on disk and any thread reads. Memory: one long per tree of {@link SkewBinary}, so the logarithm
 * of the chain's length, and none for a chain that has not grown since it was {@link #restore
 * restored} from a checkpoint.
 */
public final class Chain {
  /** A head that readers must treat as if the chain's owner did not exist yet. */
  public static final long HIDDEN = -1;

  private static final long[] NO_ROOTS = {};

  /** Stands for roots that are in the log and have not been read. */
  private static final int UNREAD = -1;

  private long ordinal;
  private long newest = Ref.NONE;
  private long previous = Ref.NONE;

  /** Roots of the complete trees that hold nodes 1..ordinal, largest tree first. */
  private long[] roots = NO_ROOTS;

  private int trees;

  /** Whether it is on the list of {@code Unpublished}. */
  public boolean unpublished;

  private volatile long head = HIDDEN;

  /** Begins where a checkpoint says the chain ends; readers see it at once. */
  public void restore(long newestOrdinal, long newestRef) {
    ordinal = newestOrdinal;
    newest = newestRef;
    trees = newestOrdinal == 0 ? 0 : UNREAD;
    head = newestRef;
  }

  /** Whether the chain was restored and needs {@link #roots} before it can grow. */
  public boolean lacksRoots() {
    return trees == UNREAD;
  }

  /** Supplies what {@link ChainReader#roots} has found. */
  public void roots(long[] found) {
    roots = found;
    trees = found.length;
  }

  /** The newest node, durable or not, or {@link Ref#NONE}. */
  public long newest() {
    return newest;
  }

  /** Adds a node. Its ordinal and links can be asked for until the next one is added. */
  public void append(long ref) {
    if (trees == UNREAD) {
      throw new IllegalStateException("the roots of a restored chain have not been read");
    }
    // A tree has 2^k - 1 nodes, so this is a sum of as many powers of two as there are trees. Only
    // if two of these are alike, which can only be the last two, does it have fewer ones.
    boolean lastTwoAlike = Long.bitCount(ordinal + trees) < trees;
    ordinal++;
    previous = newest;
    newest = ref;
    if (lastTwoAlike) {
      trees -= 2; // the new node becomes the root over both
    }
    if (trees == roots.length) {
      roots = Arrays.copyOf(roots, trees + 4);
    }
    roots[trees++] = ref;
  }

  /** Ordinal of the newest node, 0 if there is none. */
  public long ordinal() {
    return ordinal;
  }

  /** Link of the newest node to the one before. */
  public long previous() {
    return previous;
  }

  /** Jump pointer of the newest node. */
  public long jump() {
    return trees > 1 ? roots[trees - 2] : Ref.NONE;
  }

  /** Shows readers everything added so far. The nodes must be on disk. */
  public void publish() {
    head = newest;
  }

  /** The newest node readers may see, {@link Ref#NONE} if there is none, or {@link #HIDDEN}. */
  public long head() {
    return head;
  }
}
