// SPDX-License-Identifier: Apache-2.0
package dev.talea.jdbc;

import java.util.ArrayList;
import java.util.List;

/**
 * What a check has found, as far as a person will read it: one changed row may make a million
 * others look wrong. One thread.
 */
final class Findings {
  private static final int TOLD_MAX = 20;

  private final List<String> told = new ArrayList<>();
  private long more;

  void add(String finding) {
    if (told.size() < TOLD_MAX) {
      told.add(finding);
    } else {
      more++;
    }
  }

  /** The first of them, and how many there are besides. */
  List<String> list() {
    List<String> all = new ArrayList<>(told);
    if (more > 0) {
      all.add("and " + more + " more; what is found first has often caused the rest");
    }
    return List.copyOf(all);
  }
}
