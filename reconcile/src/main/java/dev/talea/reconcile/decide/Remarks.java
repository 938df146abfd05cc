// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.reconcile.recipe.Rule;

/**
 * What a person is told of a rule that did not look at everything. The same words whatever engine
 * was at work, since they are part of the evidence. Pure functions.
 */
public final class Remarks {
  private Remarks() {}

  /** Some kinds of rows were left out of a rule. */
  public static String pairs(Rule rule, long pairs, long max, long over, long all) {
    return of(
        rule,
        "there were "
            + pairs
            + " pairs to look at, and "
            + max
            + " is the limit; "
            + over
            + " of "
            + all
            + " kinds of rows were not looked at, those with the most candidates. Add a condition"
            + " that tells them apart.");
  }

  /** Some groups were left out of a rule. */
  public static String groups(Rule rule, long cut, long max) {
    return of(
        rule,
        cut
            + " groups were not looked at, the largest: together they have more than "
            + max
            + " pairs of rows, which is the limit. Leave out the conditions that are not equal.");
  }

  /** Some searches for the rows of a sum ended early. */
  public static String searches(Rule rule, long ended, SearchLimits limits) {
    return of(
        rule,
        "the search for the rows of a sum ended at its limit for "
            + ended
            + " rows ("
            + limits.subsetStepsMax()
            + " steps for one, "
            + limits.ruleStepsMax()
            + " for all); they were not matched by it.");
  }

  /** Some searches for the rows of a sum did not look at all of them. */
  public static String shortened(Rule rule, long shortened, SearchLimits limits) {
    return of(
        rule,
        "for "
            + shortened
            + " rows there were more than "
            + limits.subsetRowsMax()
            + " rows to make up their sum; only the first, nearest day first, were looked at.");
  }

  /** A remark of a rule. */
  public static String of(Rule rule, String text) {
    return "Rule " + rule.name() + ": " + text;
  }
}
