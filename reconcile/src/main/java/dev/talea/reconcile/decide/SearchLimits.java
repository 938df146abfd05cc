// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

/**
 * Where searches end. They are counted in work, not in time, so that every run ends at the same
 * place; a rule that hits one says so in a remark.
 *
 * @param pairsMax pairs of classes of rows that one rule looks at: 20 million take some ten seconds
 *     on two cores, and half a gigabyte to sort
 * @param subsetStepsMax steps of the search for the rows of one sum
 * @param subsetRowsMax rows among which one sum is looked for
 * @param ruleStepsMax steps of all such searches of a rule
 * @param explainPairsMax pairs that are looked at to explain the open rows of one side by one rule
 */
public record SearchLimits(
    long pairsMax,
    long subsetStepsMax,
    int subsetRowsMax,
    long ruleStepsMax,
    long explainPairsMax) {
  /** What is documented. */
  public static final SearchLimits DEFAULTS =
      new SearchLimits(20_000_000, 100_000, 200, 20_000_000, 5_000_000);
}
