// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.run;

import dev.talea.reconcile.engine.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a run, as records and answers spell them: rows as numbers, sums as texts of
 * digits, because readers of JSON round large numbers. Stateless; any thread.
 */
final class OutcomeTree {
  /** What becomes of rows, in the words of records and answers. */
  static final List<String> STATES = List.of("matched", "suggested", "unmatched", "rejected");

  private OutcomeTree() {}

  static Map<String, @Nullable Object> of(Outcome outcome) {
    List<Object> rules = new ArrayList<>();
    for (Outcome.RuleTotals rule : outcome.rules()) {
      rules.add(
          JsonTree.of(
              "rule",
              rule.rule(),
              "groups",
              rule.groups(),
              "left_rows",
              rule.leftRows(),
              "right_rows",
              rule.rightRows()));
    }
    return JsonTree.of(
        "left",
        side(outcome.left()),
        "right",
        side(outcome.right()),
        "rules",
        rules,
        "remarks",
        outcome.remarks());
  }

  private static Map<String, @Nullable Object> side(Outcome.SideTotals totals) {
    Map<String, @Nullable Object> sums = new LinkedHashMap<>();
    totals
        .sums()
        .forEach(
            (asset, sum) ->
                sums.put(
                    asset,
                    JsonTree.of(
                        "read",
                        sum.read().toString(),
                        "filtered",
                        sum.filtered().toString(),
                        "matched",
                        sum.matched().toString(),
                        "suggested",
                        sum.suggested().toString(),
                        "unmatched",
                        sum.unmatched().toString(),
                        "rejected",
                        sum.rejected().toString())));
    return JsonTree.of(
        "read",
        totals.read(),
        "filtered",
        totals.filtered(),
        "matched",
        totals.matched(),
        "suggested",
        totals.suggested(),
        "unmatched",
        totals.unmatched(),
        "rejected",
        totals.rejected(),
        "sums",
        sums);
  }
}
