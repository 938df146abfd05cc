// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.Part;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.row.MatchSide;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Adds up what was decided, and refuses a run in which a row was lost, doubled or changed on the
 * way.
 *
 * <p>Apart from what decides, and by other means: each state is counted from the table that is
 * written down for it, joined with the rows as they were loaded, and all of them together are held
 * against what was counted in Java when the rows came in. Used by the thread of the run.
 */
final class Totals {
  private final RuleRoom room;
  private final Recipe recipe;

  /** By rule: groups, and rows of each side. */
  private final Map<Integer, long[]> counts = new HashMap<>();

  Totals(RuleRoom room, Recipe recipe) {
    this.room = room;
    this.recipe = recipe;
  }

  Outcome.SideTotals of(MatchSide side) {
    DuckSide loaded = room.side(side);
    String rows = side.text() + "_rows r ";
    Part filtered = part(rows + "JOIN " + side.text() + "_filtered f ON r._row = f._row");
    Map<Integer, Part> byRule =
        parts(
            "d.rule",
            rows
                + "JOIN "
                + side.text()
                + "_match m ON r._row = m._row JOIN matches d ON m.match = d.match");
    byRule.forEach((rule, part) -> count(rule, side == MatchSide.LEFT ? 1 : 2, part.rows()));
    Part matched = Part.decided(byRule, recipe, Effect.MATCH);
    Part suggested = Part.decided(byRule, recipe, Effect.SUGGEST);
    Part unmatched = part(rows + "JOIN " + side.text() + "_unmatched u ON r._row = u._row");
    Part rejected =
        new Part(
            room.session.number("SELECT count(*) FROM " + loaded.rejectTable()),
            loaded.rejectSums());
    Part read = new Part(loaded.rows() + loaded.rejects(), loaded.sums());
    List<Part> states = List.of(filtered, matched, suggested, unmatched, rejected);
    String lost = Part.lost(side, read, states);
    if (lost != null) {
      throw new EngineException(EngineException.Kind.FAULT, lost);
    }
    SortedMap<String, Outcome.Sums> sums = new TreeMap<>();
    for (String asset : Part.assets(read, states)) {
      sums.put(
          asset,
          new Outcome.Sums(
              read.sum(asset),
              filtered.sum(asset),
              matched.sum(asset),
              suggested.sum(asset),
              unmatched.sum(asset),
              rejected.sum(asset)));
    }
    return new Outcome.SideTotals(
        read.rows(),
        filtered.rows(),
        matched.rows(),
        suggested.rows(),
        unmatched.rows(),
        rejected.rows(),
        sums);
  }

  private Part part(String from) {
    return parts("0", from).getOrDefault(0, Part.NONE);
  }

  private Map<Integer, Part> parts(String by, String from) {
    Map<Integer, Part> parts = new HashMap<>();
    room.session.query(
        "SELECT " + by + ", r.asset, count(*), sum(r.amount) FROM " + from + " GROUP BY ALL",
        rows -> {
          while (rows.next()) {
            Int128 sum = Objects.requireNonNull(Int128.of((BigInteger) rows.getObject(4)));
            Part part = new Part(rows.getLong(3), Map.of(rows.getString(2), sum));
            parts.merge(rows.getInt(1), part, Part::and);
          }
        });
    return parts;
  }

  /** What each rule did; after both sides were added up. */
  List<Outcome.RuleTotals> rules() {
    room.session.query(
        "SELECT rule, count(*) FROM matches GROUP BY 1",
        rows -> {
          while (rows.next()) {
            count(rows.getInt(1), 0, rows.getLong(2));
          }
        });
    List<Outcome.RuleTotals> totals = new ArrayList<>();
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      long[] of = counts.getOrDefault(i, new long[3]);
      totals.add(new Outcome.RuleTotals(rule.name(), of[0], of[1], of[2]));
    }
    return totals;
  }

  private void count(int rule, int place, long number) {
    counts.computeIfAbsent(rule, any -> new long[3])[place] = number;
  }
}
