// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.decide.RuleColumns;
import dev.talea.reconcile.decide.Tolerances;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Window;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one rule looks at, as SQL: the few columns of each side that decide, and the tests between
 * them.
 *
 * <p>Each side is cut down to a frame with the same short names: {@code r} the row, {@code s} its
 * asset, {@code a} its amount with the sign of the left side, {@code k0...} what has to be equal,
 * {@code o0...} what is held against each other otherwise, {@code d} the day. Rows that are the
 * same in all of these are interchangeable for the rule. Immutable.
 *
 * <p>Amounts stay whole numbers of 128 bits all the way: a difference that does not fit is null,
 * which is within no tolerance; a percentage is taken in two steps, of which neither can overflow.
 */
final class RuleSql {
  /** 2^127. */
  private static final String LEAST = "170141183460469231731687303715884105728";

  /** What has to hold between the frames {@code l} and {@code r}. */
  private record Test(String left, String right, Condition condition) {}

  private final Rule rule;
  private final List<Test> keys = new ArrayList<>();
  private final List<Test> others = new ArrayList<>();
  private final @Nullable String leftDay;
  private final @Nullable String rightDay;

  RuleSql(Rule rule, Map<String, ColumnType> left, Map<String, ColumnType> right) {
    this.rule = rule;
    String fault = RuleColumns.fault(rule, left, right);
    if (fault != null) {
      throw new EngineException(
          EngineException.Kind.RECIPE,
          "The recipe does not fit the rows, rule " + rule.name() + ": " + fault + ".");
    }
    for (Condition condition : rule.conditions()) {
      Test test =
          new Test(
              Sql.normalised(Sql.name(condition.left()), condition.normalise()),
              Sql.normalised(Sql.name(condition.right()), condition.normalise()),
              condition);
      (condition.comparison() == Comparison.EQUAL ? keys : others).add(test);
    }
    Window window = rule.window();
    leftDay = window == null ? null : day(left, window.left());
    rightDay = window == null ? null : day(right, window.right());
  }

  private static String day(Map<String, ColumnType> columns, String column) {
    String name = Sql.name(column);
    return columns.get(column) == ColumnType.TIME ? "CAST(" + name + " AS DATE)" : name;
  }

  /** Expressions of the frame of one side, to be selected from its rows. */
  String frame(MatchSide side) {
    boolean left = side == MatchSide.LEFT;
    StringBuilder sql = new StringBuilder("_row AS r, ").append(Column.ASSET).append(" AS s, ");
    sql.append(!left && rule.sign() == SignRule.OPPOSITE ? "-" : "").append("amount AS a");
    for (int i = 0; i < keys.size(); i++) {
      sql.append(", ").append(left ? keys.get(i).left() : keys.get(i).right()).append(" AS k" + i);
    }
    for (int i = 0; i < others.size(); i++) {
      sql.append(", ").append(left ? others.get(i).left() : others.get(i).right());
      sql.append(" AS o" + i);
    }
    if (leftDay != null) {
      sql.append(", ").append(left ? leftDay : rightDay).append(" AS d");
    }
    return sql.toString();
  }

  /** Names of the columns that have to be equal, besides the asset. */
  List<String> keyNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      names.add("k" + i);
    }
    return names;
  }

  /** Names of the columns that have to be equal. */
  List<String> blockNames() {
    List<String> names = new ArrayList<>(keyNames());
    names.add("s");
    return names;
  }

  /** Names of all columns that the rule looks at. */
  List<String> classNames() {
    List<String> names = new ArrayList<>(blockNames());
    names.add("a");
    for (int i = 0; i < others.size(); i++) {
      names.add("o" + i);
    }
    if (hasWindow()) {
      names.add("d");
    }
    return names;
  }

  boolean hasKeys() {
    return !keys.isEmpty();
  }

  boolean hasOthers() {
    return !others.isEmpty();
  }

  boolean hasWindow() {
    return leftDay != null;
  }

  /** Whether a day other than the same one is within. */
  boolean windowIsWide() {
    Window window = rule.window();
    return window != null && window.daysBefore() + window.daysAfter() > 0;
  }

  /** What a null keeps out: it holds against nothing. */
  String keysPresent() {
    return present(keyNames());
  }

  /** As above, of everything that is compared between single rows. */
  String allPresent() {
    return present(classNames());
  }

  private static String present(List<String> names) {
    StringBuilder sql = new StringBuilder("TRUE");
    names.forEach(name -> sql.append(" AND ").append(name).append(" IS NOT NULL"));
    return sql.toString();
  }

  /** That the columns of these names are equal in l and r. */
  static String equal(List<String> names) {
    StringBuilder sql = new StringBuilder("TRUE");
    names.forEach(name -> sql.append(" AND l." + name + " = r." + name));
    return sql.toString();
  }

  /** The conditions that are no equality, between l and r. */
  String othersHold() {
    StringBuilder sql = new StringBuilder("TRUE");
    for (int i = 0; i < others.size(); i++) {
      Condition condition = others.get(i).condition();
      String l = "l.o" + i;
      String r = "r.o" + i;
      sql.append(" AND ")
          .append(
              switch (condition.comparison()) {
                case EQUAL -> throw new IllegalStateException("an equality is a key");
                case CONTAINS -> "(contains(" + l + ", " + r + ") AND " + r + " <> '')";
                case CONTAINED -> "(contains(" + r + ", " + l + ") AND " + l + " <> '')";
                case PREFIX -> "(starts_with(" + l + ", " + r + ") AND " + r + " <> '')";
                case SUFFIX -> "(ends_with(" + l + ", " + r + ") AND " + r + " <> '')";
                case SIMILAR ->
                    "jaro_winkler_similarity("
                        + l
                        + ", "
                        + r
                        + ") >= CAST('"
                        + Objects.requireNonNull(condition.threshold()).toPlainString()
                        + "' AS DOUBLE)";
                case GREATER -> l + " > " + r;
                case GREATER_OR_EQUAL -> l + " >= " + r;
                case LESS -> l + " < " + r;
                case LESS_OR_EQUAL -> l + " <= " + r;
              });
    }
    return sql.toString();
  }

  /** Whether days are within the window; true where there is none. */
  String daysHold(String difference) {
    Window window = rule.window();
    return window == null
        ? "TRUE"
        : "("
            + difference
            + " BETWEEN "
            + -window.daysBefore()
            + " AND "
            + window.daysAfter()
            + ")";
  }

  /** For a group: no day of the right side too early or too late for any of the left. */
  String groupDaysHold() {
    Window window = rule.window();
    return window == null
        ? "TRUE"
        : "(l.days = l.n AND r.days = r.n AND r.last - l.first <= "
            + window.daysAfter()
            + " AND r.first - l.last >= "
            + -window.daysBefore()
            + ")";
  }

  /** Days from l to r, or null. */
  String days() {
    return hasWindow() ? "(r.d - l.d)" : "NULL";
  }

  /**
   * The difference of two amounts, right minus left; null if it is no amount. -2^127 would fit, and
   * has no absolute value that does.
   */
  static String difference(String left, String right) {
    return "nullif(try(" + right + " - " + left + "), CAST('-" + LEAST + "' AS HUGEINT))";
  }

  /** The distance of two amounts; null if it does not fit, which no tolerance allows then. */
  static String distance(String left, String right) {
    return "try(abs(" + right + " - " + left + "))";
  }

  /** Whether amounts have to be the same. */
  boolean isExact() {
    return Tolerances.isExact(rule.tolerance());
  }

  /** Whether the tolerance depends on more than the asset. */
  boolean isRelative() {
    return Tolerances.isRelative(rule.tolerance());
  }

  /** How far from this amount of the left side the right one may be. */
  String tolerance(String asset, String amount) {
    Long percent = rule.tolerance().percentMillionths();
    String fixed = fixed(asset);
    return percent == null ? fixed : "least(" + fixed + ", " + part(amount, percent) + ")";
  }

  /** How wide a bucket of amounts is, of which the tolerance is at most half; 0 for endless. */
  String width(String asset, String tolerance) {
    // A bucket has to be the same for rows of both sides, so it cannot depend on the amount.
    String half =
        isRelative()
            ? "CAST('1' || repeat('0', length(CAST(" + tolerance + " AS VARCHAR))) AS HUGEINT)"
            : fixed(asset);
    String most = "CAST('1" + "0".repeat(37) + "' AS HUGEINT)";
    return "(CASE WHEN "
        + (isRelative() ? tolerance : half)
        + " >= "
        + most
        + " THEN CAST(0 AS HUGEINT) ELSE greatest(2 * "
        + half
        + ", CAST(2 AS HUGEINT)) END)";
  }

  private String fixed(String asset) {
    Tolerance tolerance = rule.tolerance();
    Int128 absolute = tolerance.absolute();
    Long percent = tolerance.percentMillionths();
    String fixed =
        absolute != null
            ? Sql.integer(absolute)
            : percent != null ? Sql.MAX : Sql.integer(Int128.ZERO);
    if (!tolerance.byAsset().isEmpty()) {
      StringBuilder sql = new StringBuilder("(CASE ").append(asset);
      tolerance
          .byAsset()
          .forEach(
              (name, value) ->
                  sql.append(" WHEN " + Sql.text(name) + " THEN " + Sql.integer(value)));
      fixed = sql.append(" ELSE ").append(fixed).append(" END)").toString();
    }
    return fixed;
  }

  /**
   * So many millionths of an amount, rounded down. A distance is a whole number, so that it is
   * within the exact part if and only if it is within the rounded one.
   */
  private static String part(String amount, long millionths) {
    String million = "CAST(1000000 AS HUGEINT)";
    String whole = "(abs(" + amount + ") // " + million + ")";
    String rest = "(abs(" + amount + ") % " + million + ")";
    String of = " * CAST(" + millionths + " AS HUGEINT)";
    return "(" + whole + of + " + (" + rest + of + ") // " + million + ")";
  }
}
