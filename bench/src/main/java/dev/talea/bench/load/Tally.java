// SPDX-License-Identifier: Apache-2.0
package dev.talea.bench.load;

import java.util.Map;
import java.util.TreeMap;

/** Counts what went wrong, by its name. For one thread. */
public final class Tally {
  private final Map<String, Long> counts = new TreeMap<>();

  /** Counts one more of these. */
  public void count(String what) {
    count(what, 1);
  }

  /** Counts some more of these. */
  public void count(String what, long more) {
    counts.merge(what, more, Long::sum);
  }

  /** All of them, by name. */
  public Map<String, Long> counts() {
    return Map.copyOf(counts);
  }

  /** How many of them there are of this name. */
  public long of(String what) {
    return counts.getOrDefault(what, 0L);
  }

  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
