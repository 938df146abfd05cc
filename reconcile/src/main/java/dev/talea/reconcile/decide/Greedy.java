// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Pairs rows one to one: of all pairs that would do, in the order of amount difference, days, left
 * row, right row, each is taken whose rows are both still free. That is where rounds of mutual best
 * end, too, but in one pass.
 *
 * <p>What comes in are pairs of classes: rows of a side that are the same in all that the rule
 * looks at. A class is named by its first row. Ten thousand rows against ten thousand like them are
 * one pair of classes, and would be a hundred million of rows. Pairs come level by level, where a
 * level is one amount difference and one distance in days; inside a level the order of rows
 * decides, which is made here. Used by one thread.
 */
public final class Greedy {
  private final Rows left;
  private final Rows right;

  /** The level being gathered: classes of the left side, rising, and of the right side. */
  private int[] levelLeft = new int[1024];

  private int[] levelRight = new int[1024];
  private int levelSize;

  private int[] foundLeft = new int[1024];
  private int[] foundRight = new int[1024];
  private int foundSize;

  /** Over so many rows of each side, numbered from 1. */
  public Greedy(long leftRows, long rightRows) {
    left = new Rows(Math.toIntExact(leftRows));
    right = new Rows(Math.toIntExact(rightRows));
  }

  /** Rows of a side as chains: the rows of each class, rising. */
  public static final class Rows {
    /** By first row of a class: its first row that is free, or 0. */
    private final int[] free;

    /** By row: the next one of its class, or 0. */
    private final int[] next;

    private Rows(int rows) {
      free = new int[rows + 1];
      Arrays.setAll(free, row -> row);
      next = new int[rows + 1];
    }

    /** Says that a row follows another one in its class. */
    public void follows(int previous, int row) {
      next[previous] = row;
    }

    private int take(int first) {
      int row = free[first];
      free[first] = next[row];
      return row;
    }
  }

  /** Chains of the left side. */
  public Rows left() {
    return left;
  }

  /** Chains of the right side. */
  public Rows right() {
    return right;
  }

  /** Another pair of this level; the left classes of a level come in rising order. */
  public void pair(int leftClass, int rightClass) {
    if (levelSize == levelLeft.length) {
      levelLeft = Arrays.copyOf(levelLeft, 2 * levelSize);
      levelRight = Arrays.copyOf(levelRight, 2 * levelSize);
    }
    levelLeft[levelSize] = leftClass;
    levelRight[levelSize++] = rightClass;
  }

  /** The level is complete. */
  public void endLevel() {
    // Classes some of whose rows were taken on an earlier level are not in their place any more:
    // they wait here for their first free row, as do those that have more rows than one.
    PriorityQueue<long[]> waiting = new PriorityQueue<>((a, b) -> Long.compare(a[0], b[0]));
    int at = 0;
    while (at < levelSize || !waiting.isEmpty()) {
      long[] first = waiting.peek();
      int from;
      if (at < levelSize && (first == null || levelLeft[at] < first[0])) {
        from = at;
        int leftClass = levelLeft[at];
        while (at < levelSize && levelLeft[at] == leftClass) {
          at++;
        }
        int row = left.free[leftClass];
        if (row == 0) {
          continue;
        }
        if (row != leftClass) {
          waiting.add(new long[] {row, from});
          continue;
        }
      } else {
        from = (int) waiting.remove()[1];
      }
      int leftClass = levelLeft[from];
      int best = 0;
      for (int i = from; i < levelSize && levelLeft[i] == leftClass; i++) {
        int free = right.free[levelRight[i]];
        if (free != 0 && (best == 0 || free < right.free[best])) {
          best = levelRight[i];
        }
      }
      if (best != 0) {
        found(left.take(leftClass), right.take(best));
        if (left.free[leftClass] != 0) {
          waiting.add(new long[] {left.free[leftClass], from});
        }
      }
    }
    levelSize = 0;
  }

  private void found(int leftRow, int rightRow) {
    if (foundSize == foundLeft.length) {
      foundLeft = Arrays.copyOf(foundLeft, 2 * foundSize);
      foundRight = Arrays.copyOf(foundRight, 2 * foundSize);
    }
    foundLeft[foundSize] = leftRow;
    foundRight[foundSize++] = rightRow;
  }

  /** How many pairs were found. */
  public int size() {
    return foundSize;
  }

  /** Left row of a pair. */
  public int leftOf(int found) {
    return foundLeft[found];
  }

  /** Right row of a pair. */
  public int rightOf(int found) {
    return foundRight[found];
  }
}
