// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.decide;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.row.MatchSide;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a side that share a state, and their sums by asset. Each engine counts them by its own
 * means; what they have to come to together is the same.
 */
public record Part(long rows, Map<String, Int128> sums) {
  /** No rows. */
  public static final Part NONE = new Part(0, Map.of());

  /** The sum of an asset; zero if there is none of it. */
  public Int128 sum(String asset) {
    return sums.getOrDefault(asset, Int128.ZERO);
  }

  /** Both together, which 128 bits hold because those of a whole side do. */
  public Part and(Part other) {
    Map<String, Int128> all = new HashMap<>(sums);
    other.sums.forEach(
        (asset, sum) ->
            all.merge(asset, sum, (a, b) -> Objects.requireNonNull(a.plus(b), "of 128 bits")));
    return new Part(rows + other.rows, all);
  }

  /** What rules with this effect have put together, of parts by the rule's place. */
  public static Part decided(Map<Integer, Part> byRule, Recipe recipe, Effect effect) {
    Part all = NONE;
    for (int i = 0; i < recipe.rules().size(); i++) {
      if (recipe.rules().get(i).effect() == effect) {
        all = all.and(byRule.getOrDefault(i, NONE));
      }
    }
    return all;
  }

  /** Assets of what was read and of any state, sorted. */
  public static SortedSet<String> assets(Part read, List<Part> states) {
    SortedSet<String> assets = new TreeSet<>(read.sums().keySet());
    states.forEach(part -> assets.addAll(part.sums().keySet()));
    return assets;
  }

  /**
   * Whether all states together are what was read, in rows and by asset in sums; null if so, else
   * what is not.
   *
   * @param states filtered, matched, suggested, unmatched and rejected
   */
  public static @Nullable String lost(MatchSide side, Part read, List<Part> states) {
    long counted = states.stream().mapToLong(Part::rows).sum();
    if (read.rows() != counted) {
      return lost(side, "rows", String.valueOf(read.rows()), String.valueOf(counted));
    }
    for (String asset : assets(read, states)) {
      BigInteger all =
          states.stream()
              .map(part -> part.sum(asset).toBigInteger())
              .reduce(BigInteger.ZERO, BigInteger::add);
      if (!all.equals(read.sum(asset).toBigInteger())) {
        return lost(side, asset, read.sum(asset).toString(), all.toString());
      }
    }
    return null;
  }

  private static String lost(MatchSide side, String what, String read, String counted) {
    return "The "
        + side.text()
        + " side does not add up: read "
        + read
        + " of "
        + what
        + ", and filtered, matched, suggested, unmatched and rejected are "
        + counted
        + " together. Nothing of this run counts; keep its sources and report it.";
  }
}
