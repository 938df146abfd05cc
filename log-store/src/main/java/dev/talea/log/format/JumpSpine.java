// SPDX-License-Identifier: Apache-2.0
package dev.talea.log.format;

import java.util.Arrays;

/**
 * Decides where the jump pointer of the next block goes.
 *
 * <p>Blocks form a list that is walked backward. Each has, beside the pointer to the block before
 * it, one that jumps further (Eugene Myers' skew-binary scheme, 1983): if the jumps of the previous
 * block and of that one's target are equally long, the new block jumps over both, else it jumps to
 * the previous block. From any block, any earlier one is then O(log n) steps away, and no pointer
 * ever has to be changed later.
 *
 * <p>The spine is the path of jumps from the last block: O(log n) entries, enough to place the next
 * pointer and to be rebuilt by following jumps. Its bottom is an imaginary block number 0 at
 * position 0 that jumps to itself. Owned by the thread that appends or checks blocks; one thread.
 */
public final class JumpSpine {

  private long[] numbers = new long[8];
  private long[] positions = new long[8];
  private int top; // index of the last block; 0 is the imaginary one

  /** Where the block after the last one has to jump; 0 for nowhere. */
  long nextJump() {
    return merges() ? positions[top - 2] : positions[top];
  }

  /** The next block now lies at this position. */
  void push(long number, long position) {
    if (number != numbers[top] + 1) {
      throw new IllegalArgumentException("block " + number + " after " + numbers[top]);
    }
    if (merges()) {
      top -= 2;
    }
    place(number, position);
  }

  /** For rebuilding: an older block of the path goes below everything there is. */
  static JumpSpine ofPath(long[] numbersFromLast, long[] positionsFromLast) {
    JumpSpine spine = new JumpSpine();
    for (int i = numbersFromLast.length - 1; i >= 0; i--) {
      spine.place(numbersFromLast[i], positionsFromLast[i]);
    }
    return spine;
  }

  private boolean merges() {
    return top >= 2 && numbers[top] - numbers[top - 1] == numbers[top - 1] - numbers[top - 2];
  }

  private void place(long number, long position) {
    if (++top == numbers.length) {
      numbers = Arrays.copyOf(numbers, top * 2);
      positions = Arrays.copyOf(positions, top * 2);
    }
    numbers[top] = number;
    positions[top] = position;
  }
}
