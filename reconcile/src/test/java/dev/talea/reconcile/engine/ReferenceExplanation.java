// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why engines have to leave a row open, said a second time: every row across is held against it
 * under every rule, and the smallest is taken of an order that is written down in one place. Meant
 * to be read beside docs/explanation-matching.md, "Why a row is open". Apart from {@link
 * ReferenceMatcher}, because it looks at what that one has decided and decides nothing. Pure.
 */
final class ReferenceExplanation {
  /** What is wrong with a row across under a rule, and how far away it is. */
  record Near(
      OpenReason reason,
      @Nullable BigInteger difference,
      @Nullable Long days,
      int rule,
      int nearest) {}

  /** The whole order of nearness. */
  private static final Comparator<Near> NEAREST =
      Comparator.comparing(Near::reason)
          .thenComparing(
              near -> near.difference() == null ? null : near.difference().abs(),
              Comparator.nullsLast(Comparator.naturalOrder()))
          .thenComparing(
              near -> near.days() == null ? null : Math.abs(near.days()),
              Comparator.nullsLast(Comparator.naturalOrder()))
          .thenComparing(Near::rule)
          .thenComparing(Near::nearest);

  private ReferenceExplanation() {}

  /**
   * As evidence says it.
   *
   * @param across all rows of the other side that take part
   * @param taken numbers of those that are put together with some row
   * @param ambiguous whether a rule found several sums for this row
   * @return {@code row reason rule nearest difference days}
   */
  static String of(
      Recipe recipe,
      ReferenceMatcher.Row row,
      boolean isLeft,
      List<ReferenceMatcher.Row> across,
      Set<Integer> taken,
      boolean ambiguous) {
    Near nearest = null;
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      for (ReferenceMatcher.Row other : across) {
        ReferenceMatcher.Row l = isLeft ? row : other;
        ReferenceMatcher.Row r = isLeft ? other : row;
        OpenReason reason = reason(rule, l, r, taken.contains(other.number()));
        if (reason == OpenReason.NO_CANDIDATE) {
          continue;
        }
        Near near =
            new Near(
                reason,
                difference(rule, l, r),
                ReferenceMatcher.days(rule, l, r),
                i,
                other.number());
        if (nearest == null || NEAREST.compare(near, nearest) < 0) {
          nearest = near;
        }
      }
    }
    String begin = row.number() + " ";
    if (nearest == null) {
      return begin
          + (ambiguous ? OpenReason.AMBIGUOUS : OpenReason.NO_CANDIDATE).text()
          + " null null null null";
    }
    return begin
        + (ambiguous ? OpenReason.AMBIGUOUS : nearest.reason()).text()
        + " "
        + recipe.rules().get(nearest.rule()).name()
        + " "
        + nearest.nearest()
        + " "
        + nearest.difference()
        + " "
        + nearest.days();
  }

  /** What is wrong between two rows, first the assets, then the amounts, then the days. */
  private static OpenReason reason(
      Rule rule, ReferenceMatcher.Row l, ReferenceMatcher.Row r, boolean taken) {
    boolean keyed =
        rule.conditions().stream().anyMatch(each -> each.comparison() == Comparison.EQUAL);
    BigInteger distance = ReferenceMatcher.amount(rule, r).subtract(l.amount()).abs();
    if (!ReferenceMatcher.conditions(rule, l, r)) {
      return OpenReason.NO_CANDIDATE;
    } else if (!l.asset().equals(r.asset())) {
      return keyed ? OpenReason.ASSET : OpenReason.NO_CANDIDATE;
    } else if (distance.compareTo(ReferenceMatcher.tolerance(rule, l.asset(), l.amount())) > 0) {
      return keyed ? OpenReason.AMOUNT : OpenReason.NO_CANDIDATE;
    } else if (!ReferenceMatcher.within(rule, l, r)) {
      return OpenReason.WINDOW;
    }
    return taken ? OpenReason.CONSUMED : OpenReason.AMBIGUOUS;
  }

  /** Right minus left, or null if that is more than an amount can be. */
  private static @Nullable BigInteger difference(
      Rule rule, ReferenceMatcher.Row l, ReferenceMatcher.Row r) {
    BigInteger difference = ReferenceMatcher.amount(rule, r).subtract(l.amount());
    return difference.abs().compareTo(Int128.MAX.toBigInteger()) > 0 ? null : difference;
  }
}
