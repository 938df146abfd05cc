// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.util.Arrays;

/** Whole numbers in a row, without an object for each. Used by one thread. */
final class Ints {
  private int[] values = new int[16];
  private int size;

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = value;
  }

  int get(int at) {
    return values[at];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  int[] array() {
    return Arrays.copyOf(values, size);
  }
}
