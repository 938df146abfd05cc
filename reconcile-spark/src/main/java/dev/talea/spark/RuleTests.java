// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.Tolerances;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Window;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one rule looks at: the values of a row that decide, and the tests between those of two rows.
 *
 * <p>Amounts stay whole numbers of 128 bits all the way: a distance that does not fit is null,
 * which is within no tolerance. Immutable; travels to tasks.
 */
final class RuleTests implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final BigInteger MOST = BigInteger.TEN.pow(37);

  /** Where the two sides of a condition are found, and what is done to them. */
  private record Test(
      int left, int right, Texts.Steps steps, Comparison comparison, double threshold)
      implements Serializable {}

  private final ArrayList<Test> keys = new ArrayList<>();
  private final ArrayList<Test> others = new ArrayList<>();
  private final boolean opposite;

  private final boolean window;
  private final int leftDay;
  private final int rightDay;
  private final int daysBefore;
  private final int daysAfter;

  private final boolean exact;
  private final boolean relative;
  private final @Nullable BigInteger absolute;
  private final HashMap<String, BigInteger> byAsset = new HashMap<>();
  private final @Nullable Long percentMillionths;

  /** The tolerance as the recipe has it, which does not travel. */
  private transient @Nullable Tolerance tolerance;

  /** For columns that were held against the rule. */
  RuleTests(Rule rule, Map<String, ColumnType> left, Map<String, ColumnType> right) {
    List<String> lefts = List.copyOf(left.keySet());
    List<String> rights = List.copyOf(right.keySet());
    for (Condition condition : rule.conditions()) {
      BigDecimal threshold = condition.threshold();
      Test test =
          new Test(
              lefts.indexOf(condition.left()),
              rights.indexOf(condition.right()),
              new Texts.Steps(condition.normalise()),
              condition.comparison(),
              threshold == null ? 0 : threshold.doubleValue());
      (condition.comparison() == Comparison.EQUAL ? keys : others).add(test);
    }
    opposite = rule.sign() == SignRule.OPPOSITE;
    Window days = rule.window();
    window = days != null;
    leftDay = days == null ? -1 : lefts.indexOf(days.left());
    rightDay = days == null ? -1 : rights.indexOf(days.right());
    daysBefore = days == null ? 0 : days.daysBefore();
    daysAfter = days == null ? 0 : days.daysAfter();
    Tolerance of = rule.tolerance();
    exact = Tolerances.isExact(of);
    relative = Tolerances.isRelative(of);
    Int128 fixed = of.absolute();
    absolute = fixed == null ? null : fixed.toBigInteger();
    of.byAsset().forEach((asset, value) -> byAsset.put(asset, value.toBigInteger()));
    percentMillionths = of.percentMillionths();
    tolerance = of;
  }

  private Tolerance tolerance() {
    Tolerance known = tolerance;
    if (known == null) {
      TreeMap<String, Int128> assets = new TreeMap<>();
      byAsset.forEach((asset, value) -> assets.put(asset, int128(value)));
      known = new Tolerance(absolute == null ? null : int128(absolute), assets, percentMillionths);
      tolerance = known;
    }
    return known;
  }

  static Int128 int128(BigInteger value) {
    return Objects.requireNonNull(Int128.of(value), "of 128 bits");
  }

  // --- what a row looks like to the rule ---

  boolean hasKeys() {
    return !keys.isEmpty();
  }

  int keyCount() {
    return keys.size();
  }

  boolean hasOthers() {
    return !others.isEmpty();
  }

  int otherCount() {
    return others.size();
  }

  boolean hasWindow() {
    return window;
  }

  /** Whether a day other than the same one is within. */
  boolean windowIsWide() {
    return daysBefore + daysAfter > 0;
  }

  boolean isExact() {
    return exact;
  }

  boolean isOpposite() {
    return opposite;
  }

  /**
   * A row as the rule sees it.
   *
   * @param values of the row, with what is derived
   */
  Frame frame(MatchSide side, int row, @Nullable Object[] values, boolean taken) {
    boolean left = side == MatchSide.LEFT;
    Int128 amount = (Int128) Objects.requireNonNull(values[0]);
    return new Frame(
        left,
        row,
        taken,
        of(keys, left, values),
        (String) Objects.requireNonNull(values[1]),
        opposite && !left ? amount.negated() : amount,
        of(others, left, values),
        day(left, values));
  }

  private static @Nullable Object[] of(List<Test> tests, boolean left, @Nullable Object[] values) {
    @Nullable Object[] found = new @Nullable Object[tests.size()];
    for (int i = 0; i < found.length; i++) {
      Test test = tests.get(i);
      found[i] = test.steps.of(values[left ? test.left : test.right]);
    }
    return found;
  }

  /** The day that counts, of a moment the one in UTC. */
  @Nullable Integer day(boolean left, @Nullable Object[] values) {
    if (!window) {
      return null;
    }
    Object value = values[left ? leftDay : rightDay];
    return value instanceof Long micros
        ? Integer.valueOf(Math.toIntExact(Math.floorDiv(micros, MICROS_PER_DAY)))
        : (Integer) value;
  }

  // --- what holds between two rows ---

  /** The conditions that are no equality. */
  boolean othersHold(@Nullable Object[] left, @Nullable Object[] right) {
    for (int i = 0; i < left.length; i++) {
      Object l = left[i];
      Object r = right[i];
      if (l == null || r == null || !holds(others.get(i), l, r)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(Test test, Object l, Object r) {
    return switch (test.comparison) {
      case EQUAL -> throw new IllegalStateException("an equality is a key");
      case CONTAINS -> !((String) r).isEmpty() && ((String) l).contains((String) r);
      case CONTAINED -> !((String) l).isEmpty() && ((String) r).contains((String) l);
      case PREFIX -> !((String) r).isEmpty() && ((String) l).startsWith((String) r);
      case SUFFIX -> !((String) r).isEmpty() && ((String) l).endsWith((String) r);
      case SIMILAR -> Texts.similarity((String) l, (String) r) >= test.threshold;
      case GREATER -> RowExpression.order(l, r) > 0;
      case GREATER_OR_EQUAL -> RowExpression.order(l, r) >= 0;
      case LESS -> RowExpression.order(l, r) < 0;
      case LESS_OR_EQUAL -> RowExpression.order(l, r) <= 0;
    };
  }

  /** Days from left to right, or null. */
  static @Nullable Integer days(@Nullable Integer left, @Nullable Integer right) {
    return left == null || right == null ? null : Integer.valueOf(right - left);
  }

  /** Whether days are within the window; true where there is none. */
  boolean daysHold(@Nullable Integer days) {
    return !window || (days != null && days >= -daysBefore && days <= daysAfter);
  }

  /** For a group: no day of the right side too early or too late for any of the left. */
  boolean daysHold(long leftFirst, long leftLast, long rightFirst, long rightLast) {
    return !window || (rightLast - leftFirst <= daysAfter && rightFirst - leftLast >= -daysBefore);
  }

  /** How far two amounts are apart, or null if that does not fit. */
  static @Nullable Int128 distance(Int128 left, Int128 right) {
    Int128 difference = right.minus(left);
    return difference == null ? null : RowExpression.absolute(difference);
  }

  /** Whether a distance is within the tolerance of this amount of the left side. */
  boolean allows(@Nullable Int128 distance, String asset, Int128 left) {
    if (distance == null) {
      return false;
    }
    if (exact || distance.signum() == 0) {
      return distance.signum() == 0;
    }
    if (percentMillionths == null) {
      Int128 fixed = Tolerances.absolute(tolerance(), asset);
      return fixed != null && distance.compareTo(fixed) <= 0;
    }
    return distance.toBigInteger().compareTo(of(asset, left)) <= 0;
  }

  private BigInteger of(String asset, Int128 left) {
    return Tolerances.of(tolerance(), asset, left.toBigInteger());
  }

  // --- buckets of amounts ---

  /** Whether rows that are near enough to each other are found by buckets of their amounts. */
  boolean usesBuckets() {
    return !exact && !(relative && hasKeys());
  }

  /** Whether how wide a bucket is depends on the amount of the left row. */
  boolean widthsDiffer() {
    return usesBuckets() && relative;
  }

  /** How wide a bucket is, of which the tolerance is at most half; 0 for endless. */
  Int128 width(String asset, Int128 left) {
    Int128 fixed = Tolerances.absolute(tolerance(), asset);
    BigInteger within =
        relative ? of(asset, left) : fixed == null ? BigInteger.ZERO : fixed.toBigInteger();
    if (within.compareTo(MOST) >= 0) {
      return Int128.ZERO;
    }
    // A bucket has to be the same for rows of both sides, so it cannot depend on the amount.
    BigInteger half = relative ? BigInteger.TEN.pow(within.toString().length()) : within;
    return int128(half.shiftLeft(1).max(BigInteger.TWO));
  }

  /** The bucket of an amount. */
  static Int128 bucket(Int128 amount, Int128 width, int beside) {
    if (width.signum() == 0) {
      return Int128.ZERO;
    }
    if (amount.fitsLong() && width.fitsLong()) {
      return Int128.of(amount.toLong() / width.toLong() + beside);
    }
    return int128(
        amount.toBigInteger().divide(width.toBigInteger()).add(BigInteger.valueOf(beside)));
  }
}
