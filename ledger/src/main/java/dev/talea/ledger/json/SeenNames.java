// SPDX-License-Identifier: Apache-2.0
package dev.talea.ledger.json;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The names that have come in the objects a reader is in, so that one that comes again is noticed.
 * Separate from the parser's own detection because that makes three objects of garbage for every
 * object it reads, and this, for objects of the usual size, none.
 *
 * <p>One thread, for the length of one document.
 */
final class SeenNames {
  /** Up to here comparing with all the names of an object is cheaper than a table of them. */
  private static final int FEW = 8;

  /** Names of the open objects, outermost first, up to {@link #FEW} of each. */
  private String[] names = new String[2 * FEW];

  private int size;

  /** Where in {@link #names} each open object begins. */
  private int[] begins = new int[4];

  private int depth;

  /** All names of those open objects that have many, by depth. */
  private final Map<Integer, Set<String>> many = new HashMap<>();

  /** An object begins inside the one at hand. */
  void open() {
    if (depth == begins.length) {
      begins = Arrays.copyOf(begins, 2 * depth);
    }
    begins[depth++] = size;
  }

  /** The object at hand ends. */
  void close() {
    if (!many.isEmpty()) {
      many.remove(depth);
    }
    size = begins[--depth];
  }

  /** Notes a name of the object at hand; false if it has been there before. */
  boolean add(String name) {
    int begin = begins[depth - 1];
    if (size - begin == FEW) {
      return many.computeIfAbsent(depth, unused -> few(begin)).add(name);
    }
    for (int i = begin; i < size; i++) {
      if (names[i].equals(name)) {
        return false;
      }
    }
    if (size == names.length) {
      names = Arrays.copyOf(names, 2 * size);
    }
    names[size++] = name;
    return true;
  }

  private Set<String> few(int begin) {
    return new HashSet<>(Arrays.asList(names).subList(begin, size));
  }
}
