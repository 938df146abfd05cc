// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.Part;
import dev.talea.reconcile.engine.EngineException;
import dev.talea.reconcile.engine.Outcome;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.row.MatchSide;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what was decided, and refuses a run in which a row was lost, doubled or changed on the
 * way.
 *
 * <p>Apart from what decides, and by other means: each state is counted from what is written down
 * for it, over the rows as they lie in the files, and all of them together are held against what
 * was counted when the rows came in. Used by the thread of the run.
 */
final class Tally {
  private static final int UNMATCHED = -1;
  private static final int FILTERED = -2;

  private final MatchRoom room;
  private final Recipe recipe;
  private final Map<MatchSide, Map<Integer, Part>> parts = new HashMap<>();

  /**
   * Counts.
   *
   * @param leftOpen left rows of which it is written down why they are open
   * @param rightOpen the same of the right side
   */
  Tally(MatchRoom room, Recipe recipe, BitSet leftOpen, BitSet rightOpen) {
    this.room = room;
    this.recipe = recipe;
    List<RowChunk> chunks = new ArrayList<>();
    chunks.addAll(room.left.chunks(leftOpen, true));
    chunks.addAll(room.right.chunks(rightOpen, true));
    chunks.addAll(room.left.chunks(room.left.filteredBits(), false));
    chunks.addAll(room.right.chunks(room.right.filteredBits(), false));
    int[] lastMatches = room.lastMatches();
    int left = room.leftPlan.columns();
    int right = room.rightPlan.columns();
    FlatMapFunction<Iterator<RowChunk>, Counted> task =
        rows -> counted(rows, left, right, lastMatches).iterator();
    for (Counted each :
        room.jobs.run("adding up", () -> room.chunks(chunks).mapPartitions(task).collect())) {
      parts
          .computeIfAbsent(each.side(), any -> new HashMap<>())
          .merge(each.state(), each.part(), Part::and);
    }
  }

  /** Rows of one side, state and asset, as they travel. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Counted(MatchSide side, int state, String asset, long rows, byte[] sum)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    Part part() {
      return new Part(rows, Map.of(asset, new ByteReader(sum).int128()));
    }
  }

  /** Counts and sums of one task. */
  private static final class Sums {
    private final Map<MatchSide, Map<Integer, Map<String, Sum>>> sums = new HashMap<>();

    private static final class Sum {
      private long rows;
      private Int128 sum = Int128.ZERO;
    }

    void add(MatchSide side, int state, @Nullable Object[] values) {
      Sum sum =
          sums.computeIfAbsent(side, any -> new HashMap<>())
              .computeIfAbsent(state, any -> new HashMap<>())
              .computeIfAbsent((String) Objects.requireNonNull(values[1]), any -> new Sum());
      sum.rows++;
      Int128 amount = (Int128) Objects.requireNonNull(values[0]);
      sum.sum = Objects.requireNonNull(sum.sum.plus(amount), "of 128 bits");
    }

    List<Counted> counted() {
      List<Counted> counted = new ArrayList<>();
      sums.forEach(
          (side, states) ->
              states.forEach(
                  (state, assets) ->
                      assets.forEach(
                          (asset, sum) ->
                              counted.add(
                                  new Counted(
                                      side,
                                      state,
                                      asset,
                                      sum.rows,
                                      new ByteWriter().int128(sum.sum).take())))));
      return counted;
    }
  }

  private static List<Counted> counted(
      Iterator<RowChunk> chunks, int left, int right, int[] lastMatches) {
    Sums sums = new Sums();
    while (chunks.hasNext()) {
      RowChunk chunk = chunks.next();
      boolean ofMatches = chunk.numbers().length > 0;
      if (!ofMatches && chunk.chosen().isEmpty()) {
        continue;
      }
      Iterator<RowChunk.Loaded> rows = chunk.read(chunk.side() == MatchSide.LEFT ? left : right);
      while (rows.hasNext()) {
        RowChunk.Loaded row = rows.next();
        if (chunk.isChosen(row.row())) {
          sums.add(chunk.side(), ofMatches ? UNMATCHED : FILTERED, row.values());
        }
        int match = ofMatches ? chunk.numbers()[row.row() - chunk.first()] : 0;
        if (match > 0) {
          sums.add(chunk.side(), MatchRoom.rule(lastMatches, match), row.values());
        }
      }
    }
    return sums.counted();
  }

  private Part part(MatchSide side, int state) {
    return parts.getOrDefault(side, Map.of()).getOrDefault(state, Part.NONE);
  }

  Outcome.SideTotals of(MatchSide side) {
    SideRows loaded = room.side(side);
    Part filtered = part(side, FILTERED);
    Map<Integer, Part> byRule = parts.getOrDefault(side, Map.of());
    Part matched = Part.decided(byRule, recipe, Effect.MATCH);
    Part suggested = Part.decided(byRule, recipe, Effect.SUGGEST);
    Part unmatched = part(side, UNMATCHED);
    Part rejected = new Part(loaded.rejects(), loaded.rejectSums());
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

  /** What each rule did. */
  List<Outcome.RuleTotals> rules() {
    List<Outcome.RuleTotals> totals = new ArrayList<>();
    int[] last = room.lastMatches();
    for (int i = 0; i < recipe.rules().size(); i++) {
      totals.add(
          new Outcome.RuleTotals(
              recipe.rules().get(i).name(),
              last[i] - (i == 0 ? 0 : last[i - 1]),
              part(MatchSide.LEFT, i).rows(),
              part(MatchSide.RIGHT, i).rows()));
    }
    return totals;
  }
}
