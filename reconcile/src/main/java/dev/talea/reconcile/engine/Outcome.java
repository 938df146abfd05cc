// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was decided, in numbers.
 *
 * @param rules one for each rule of the recipe, in its order
 * @param remarks what a person should know, as a search that ended at its limit; in a fixed order
 */
public record Outcome(
    SideTotals left, SideTotals right, List<RuleTotals> rules, List<String> remarks) {
  /** Copies the lists. */
  public Outcome {
    rules = List.copyOf(rules);
    remarks = List.copyOf(remarks);
  }

  /**
   * Rows of one side by what became of them; {@code read} is the sum of all others.
   *
   * @param sums by asset, for rows whose amount and asset could be read
   */
  public record SideTotals(
      long read,
      long filtered,
      long matched,
      long suggested,
      long unmatched,
      long rejected,
      SortedMap<String, Sums> sums) {
    /** Copies the map. */
    public SideTotals {
      sums = Collections.unmodifiableSortedMap(new TreeMap<>(sums));
    }
  }

  /** Sums of one asset, in minor units; {@code read} is the sum of all others. */
  public record Sums(
      Int128 read,
      Int128 filtered,
      Int128 matched,
      Int128 suggested,
      Int128 unmatched,
      Int128 rejected) {}

  /** What one rule did: groups of rows, and how many rows of each side are in them. */
  public record RuleTotals(String rule, long groups, long leftRows, long rightRows) {}
}
