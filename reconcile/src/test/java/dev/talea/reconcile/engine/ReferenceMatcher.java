// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Derived;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Normalisation;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.recipe.Window;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What engines have to decide, said a second time: in plain Java, with nested loops over all rows,
 * no SQL and nothing of an engine. Slow, and meant to be read beside docs/explanation-matching.md.
 * Used once, by one thread.
 */
final class ReferenceMatcher {
  /** Rows put together by a rule. */
  record Group(int rule, Set<Integer> left, Set<Integer> right) {}

  /** A row with its number, and its columns by name. */
  record Row(int number, Map<String, Object> values) {
    @Nullable Object get(String column) {
      return values.get(column);
    }

    BigInteger amount() {
      return ((Int128) Objects.requireNonNull(get("amount"))).toBigInteger();
    }

    String asset() {
      return (String) Objects.requireNonNull(get("asset"));
    }
  }

  private static final Pattern SPACES =
      Pattern.compile(
          "^[\\x{09}-\\x{0D} \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}"
              + "\\x{205F}\\x{3000}]+|[\\x{09}-\\x{0D} \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}"
              + "\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}]+\\z");

  private final Recipe recipe;
  private final Map<String, Value> parameters;
  private final List<Row> left;
  private final List<Row> right;
  private final List<Group> groups = new ArrayList<>();
  private final Set<Integer> takenLeft = new TreeSet<>();
  private final Set<Integer> takenRight = new TreeSet<>();

  /** Rows for which a rule found several sums that are equally good. */
  private final Set<Integer> ambiguousLeft = new TreeSet<>();

  private final Set<Integer> ambiguousRight = new TreeSet<>();

  ReferenceMatcher(
      Recipe recipe, Map<String, Value> parameters, ListSource left, ListSource right) {
    this.recipe = recipe;
    this.parameters = parameters;
    this.left = rows(recipe.left(), left);
    this.right = rows(recipe.right(), right);
  }

  /** Rows that take part, with what is derived. */
  private List<Row> rows(SideSpec spec, ListSource source) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < source.rows().size(); i++) {
      Map<String, Object> values = new HashMap<>();
      for (int c = 0; c < source.columns().size(); c++) {
        put(values, source.columns().get(c).name(), source.rows().get(i)[c]);
      }
      Row row = new Row(i + 1, values);
      for (Derived derived : spec.derived()) {
        put(values, derived.name(), value(derived.expression(), row));
      }
      if (spec.filter() == null || Boolean.TRUE.equals(value(spec.filter(), row))) {
        rows.add(row);
      }
    }
    return rows;
  }

  private static void put(Map<String, Object> values, String name, @Nullable Object value) {
    if (value != null) {
      values.put(name, value);
    }
  }

  List<Group> match() {
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      if (rule.cardinality() == Cardinality.ONE_TO_ONE) {
        pairs(i, rule);
      } else if (rule.grouping() == Grouping.WHOLE) {
        wholes(i, rule);
      } else {
        subsets(i, rule);
      }
    }
    return groups;
  }

  List<Row> openLeft() {
    return left.stream().filter(row -> !takenLeft.contains(row.number())).toList();
  }

  List<Row> openRight() {
    return right.stream().filter(row -> !takenRight.contains(row.number())).toList();
  }

  /** Why each open row of a side is open, as {@link ReferenceExplanation} says it. */
  List<String> explained(boolean ofLeft) {
    return (ofLeft ? openLeft() : openRight())
        .stream()
            .map(
                row ->
                    ReferenceExplanation.of(
                        recipe,
                        row,
                        ofLeft,
                        participants(!ofLeft),
                        ofLeft ? takenRight : takenLeft,
                        (ofLeft ? ambiguousLeft : ambiguousRight).contains(row.number())))
            .toList();
  }

  List<Row> participants(boolean ofLeft) {
    return ofLeft ? left : right;
  }

  private void take(int rule, Set<Integer> lefts, Set<Integer> rights) {
    groups.add(new Group(rule, lefts, rights));
    takenLeft.addAll(lefts);
    takenRight.addAll(rights);
  }

  // --- 1:1 ---

  private record Pair(Row left, Row right, BigInteger distance, long days) {}

  private void pairs(int index, Rule rule) {
    List<Pair> pairs = new ArrayList<>();
    for (Row l : openLeft()) {
      for (Row r : openRight()) {
        BigInteger distance = amount(rule, r).subtract(l.amount()).abs();
        if (blocked(rule, l, r)
            && conditions(rule, l, r)
            && within(rule, l, r)
            && distance.compareTo(tolerance(rule, l.asset(), l.amount())) <= 0) {
          Long days = days(rule, l, r);
          pairs.add(new Pair(l, r, distance, days == null ? 0 : Math.abs(days)));
        }
      }
    }
    pairs.sort(
        Comparator.comparing(Pair::distance)
            .thenComparing(Pair::days)
            .thenComparing(pair -> pair.left().number())
            .thenComparing(pair -> pair.right().number()));
    for (Pair pair : pairs) {
      if (!takenLeft.contains(pair.left().number())
          && !takenRight.contains(pair.right().number())) {
        take(index, Set.of(pair.left().number()), Set.of(pair.right().number()));
      }
    }
  }

  // --- whole groups ---

  private void wholes(int index, Rule rule) {
    Map<List<Object>, List<Row>> lefts = grouped(rule, openLeft(), true);
    Map<List<Object>, List<Row>> rights = grouped(rule, openRight(), false);
    List<List<Object>> keys = new ArrayList<>(lefts.keySet());
    keys.retainAll(rights.keySet());
    keys.sort(Comparator.comparing(key -> Objects.requireNonNull(lefts.get(key)).get(0).number()));
    for (List<Object> key : keys) {
      List<Row> ls = Objects.requireNonNull(lefts.get(key));
      List<Row> rs = Objects.requireNonNull(rights.get(key));
      boolean fits =
          switch (rule.cardinality()) {
            case ONE_TO_ONE -> throw new AssertionError();
            case ONE_TO_MANY -> ls.size() == 1;
            case MANY_TO_ONE -> rs.size() == 1;
            case MANY_TO_MANY -> true;
          };
      BigInteger l = ls.stream().map(Row::amount).reduce(BigInteger.ZERO, BigInteger::add);
      BigInteger r =
          rs.stream().map(row -> amount(rule, row)).reduce(BigInteger.ZERO, BigInteger::add);
      if (fits
          && r.subtract(l).abs().compareTo(tolerance(rule, ls.get(0).asset(), l)) <= 0
          && ls.stream()
              .allMatch(
                  a -> rs.stream().allMatch(b -> within(rule, a, b) && conditions(rule, a, b)))) {
        take(index, numbers(ls), numbers(rs));
      }
    }
  }

  private Map<List<Object>, List<Row>> grouped(Rule rule, List<Row> rows, boolean isLeft) {
    Map<List<Object>, List<Row>> grouped = new HashMap<>();
    for (Row row : rows) {
      List<Object> key = new ArrayList<>();
      key.add(row.asset());
      boolean whole = true;
      for (Condition condition : rule.conditions()) {
        if (condition.comparison() == Comparison.EQUAL) {
          Object value = operand(condition, row, isLeft);
          whole &= value != null;
          if (value != null) {
            key.add(value);
          }
        }
      }
      if (whole) {
        grouped.computeIfAbsent(key, any -> new ArrayList<>()).add(row);
      }
    }
    return grouped;
  }

  private static Set<Integer> numbers(List<Row> rows) {
    Set<Integer> numbers = new TreeSet<>();
    rows.forEach(row -> numbers.add(row.number()));
    return numbers;
  }

  // --- sums of some rows ---

  private void subsets(int index, Rule rule) {
    boolean oneLeft = rule.cardinality() == Cardinality.ONE_TO_MANY;
    for (Row single : oneLeft ? openLeft() : openRight()) {
      List<Row> free = new ArrayList<>();
      for (Row other : oneLeft ? openRight() : openLeft()) {
        Row l = oneLeft ? single : other;
        Row r = oneLeft ? other : single;
        if (blocked(rule, l, r) && conditions(rule, l, r) && within(rule, l, r)) {
          free.add(other);
        }
      }
      Search search = new Search(rule, single, oneLeft);
      search.look(free, 0, new ArrayList<>());
      if (search.best != null && search.kinds.size() == 1) {
        Set<Integer> one = Set.of(single.number());
        Set<Integer> many = numbers(search.best);
        take(index, oneLeft ? one : many, oneLeft ? many : one);
      } else if (search.best != null) {
        (oneLeft ? ambiguousLeft : ambiguousRight).add(single.number());
      }
    }
  }

  /** All choices of rows, one after the other. */
  private static final class Search {
    private final Rule rule;
    private final Row single;
    private final boolean oneLeft;
    private @Nullable List<Row> best;
    private BigInteger bestDistance = BigInteger.ZERO;

    /** Choices as good as the best, as what the rule sees of their rows. */
    private final Set<String> kinds = new TreeSet<>();

    Search(Rule rule, Row single, boolean oneLeft) {
      this.rule = rule;
      this.single = single;
      this.oneLeft = oneLeft;
    }

    void look(List<Row> free, int from, List<Row> chosen) {
      weigh(chosen);
      if (chosen.size() < rule.groupMax()) {
        for (int i = from; i < free.size(); i++) {
          chosen.add(free.get(i));
          look(free, i + 1, chosen);
          chosen.remove(chosen.size() - 1);
        }
      }
    }

    private void weigh(List<Row> chosen) {
      if (chosen.isEmpty()) {
        return;
      }
      BigInteger many = BigInteger.ZERO;
      for (Row row : chosen) {
        many = many.add(oneLeft ? amount(rule, row) : row.amount());
      }
      BigInteger l = oneLeft ? single.amount() : many;
      BigInteger r = oneLeft ? many : amount(rule, single);
      BigInteger distance = r.subtract(l).abs();
      if (distance.compareTo(tolerance(rule, single.asset(), l)) > 0) {
        return;
      }
      List<Row> known = best;
      int order = known == null ? -1 : distance.compareTo(bestDistance);
      if (order == 0 && known != null) {
        order = Integer.compare(chosen.size(), known.size());
      }
      if (order < 0) {
        best = List.copyOf(chosen); // the first of its kind has the first rows
        bestDistance = distance;
        kinds.clear();
      }
      if (order <= 0) {
        kinds.add(chosen.stream().map(this::kind).sorted().toList().toString());
      }
    }

    private String kind(Row row) {
      List<@Nullable Object> seen = new ArrayList<>();
      seen.add(row.amount());
      for (Condition condition : rule.conditions()) {
        seen.add(operand(condition, row, !oneLeft));
      }
      Window window = rule.window();
      if (window != null) {
        seen.add(day(row.get(oneLeft ? window.right() : window.left())));
      }
      return seen.toString();
    }
  }

  // --- what holds between two rows ---

  /** Same asset, and equal in the equal conditions. */
  static boolean blocked(Rule rule, Row l, Row r) {
    return l.asset().equals(r.asset());
  }

  static BigInteger amount(Rule rule, Row right) {
    return rule.sign() == SignRule.OPPOSITE ? right.amount().negate() : right.amount();
  }

  static BigInteger tolerance(Rule rule, String asset, BigInteger leftAmount) {
    Tolerance tolerance = rule.tolerance();
    Int128 absolute = tolerance.byAsset().get(asset);
    if (absolute == null) {
      absolute = tolerance.absolute();
    }
    Long percent = tolerance.percentMillionths();
    if (absolute == null && percent == null) {
      return BigInteger.ZERO;
    }
    BigInteger least = absolute == null ? null : absolute.toBigInteger();
    if (percent != null) {
      BigInteger part =
          new BigDecimal(leftAmount.abs())
              .multiply(BigDecimal.valueOf(percent))
              .movePointLeft(6)
              .toBigInteger();
      least = least == null ? part : least.min(part);
    }
    return Objects.requireNonNull(least);
  }

  static boolean within(Rule rule, Row l, Row r) {
    Window window = rule.window();
    if (window == null) {
      return true;
    }
    Long days = days(rule, l, r);
    return days != null && days >= -window.daysBefore() && days <= window.daysAfter();
  }

  static @Nullable Long days(Rule rule, Row l, Row r) {
    Window window = rule.window();
    if (window == null) {
      return null;
    }
    LocalDate a = day(l.get(window.left()));
    LocalDate b = day(r.get(window.right()));
    return a == null || b == null ? null : b.toEpochDay() - a.toEpochDay();
  }

  private static @Nullable LocalDate day(@Nullable Object value) {
    return value instanceof Instant time
        ? LocalDate.ofInstant(time, ZoneOffset.UTC)
        : (LocalDate) value;
  }

  private static @Nullable Object operand(Condition condition, Row row, boolean isLeft) {
    Object value = row.get(isLeft ? condition.left() : condition.right());
    return condition.normalise().isEmpty()
        ? value
        : normalised((String) value, condition.normalise());
  }

  static boolean conditions(Rule rule, Row l, Row r) {
    return rule.conditions().stream().allMatch(condition -> holds(condition, l, r));
  }

  private static boolean holds(Condition condition, Row left, Row right) {
    Object l = operand(condition, left, true);
    Object r = operand(condition, right, false);
    if (l == null || r == null) {
      return false;
    }
    return switch (condition.comparison()) {
      case EQUAL -> l.equals(r);
      case CONTAINS -> ((String) l).contains((String) r) && !((String) r).isEmpty();
      case CONTAINED -> ((String) r).contains((String) l) && !((String) l).isEmpty();
      case PREFIX -> ((String) l).startsWith((String) r) && !((String) r).isEmpty();
      case SUFFIX -> ((String) l).endsWith((String) r) && !((String) r).isEmpty();
      case SIMILAR ->
          similarity((String) l, (String) r)
              >= Objects.requireNonNull(condition.threshold()).doubleValue();
      case GREATER -> order(l, r) > 0;
      case GREATER_OR_EQUAL -> order(l, r) >= 0;
      case LESS -> order(l, r) < 0;
      case LESS_OR_EQUAL -> order(l, r) <= 0;
    };
  }

  /** Jaro and Winkler's, over the bytes of UTF-8. */
  static double similarity(String left, String right) {
    byte[] a = left.getBytes(StandardCharsets.UTF_8);
    byte[] b = right.getBytes(StandardCharsets.UTF_8);
    if (a.length == 0 || b.length == 0) {
      return 0; // an empty text says nothing, not even the same as another one
    }
    int reach = Math.max(0, Math.max(a.length, b.length) / 2 - 1);
    boolean[] usedA = new boolean[a.length];
    boolean[] usedB = new boolean[b.length];
    int common = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = Math.max(0, i - reach); j <= Math.min(b.length - 1, i + reach); j++) {
        if (!usedB[j] && a[i] == b[j]) {
          usedA[i] = true;
          usedB[j] = true;
          common++;
          break;
        }
      }
    }
    if (common == 0) {
      return 0;
    }
    int moved = 0;
    int j = 0;
    for (int i = 0; i < a.length; i++) {
      if (usedA[i]) {
        while (!usedB[j]) {
          j++;
        }
        moved += a[i] == b[j++] ? 0 : 1;
      }
    }
    double m = common;
    double jaro = (m / a.length + m / b.length + (m - (moved - moved % 2) * 0.5) / m) / 3;
    int prefix = 0;
    while (prefix < Math.min(4, Math.min(a.length, b.length)) && a[prefix] == b[prefix]) {
      prefix++;
    }
    return jaro > 0.7 ? jaro + prefix * 0.1 * (1 - jaro) : jaro;
  }

  // --- expressions ---

  static @Nullable String normalised(@Nullable String text, List<Normalisation> steps) {
    if (text == null || steps.isEmpty()) {
      return text;
    }
    String changed = text;
    for (Normalisation step : steps) {
      changed =
          switch (step.kind()) {
            case UPPER ->
                changed
                    .codePoints()
                    .map(point -> point == 0xDF ? 0x1E9E : Character.toUpperCase(point))
                    .collect(
                        StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            case TRIM -> SPACES.matcher(changed).replaceAll("");
            case STRIP_PUNCTUATION -> changed.replaceAll("[^\\p{L}\\p{Nd}]", "");
            case DIGITS -> changed.replaceAll("[^0-9]", "");
            case STRIP_ZEROS -> changed.replaceAll("\\A0+", "");
            case CAPTURE -> {
              Matcher matcher =
                  Pattern.compile(Objects.requireNonNull(step.pattern()), Pattern.UNIX_LINES)
                      .matcher(changed);
              String group = matcher.find() ? matcher.group(1) : null;
              yield group == null ? "" : group;
            }
          };
    }
    return changed.isEmpty() ? null : changed;
  }

  private @Nullable Object value(Expression expression, Row row) {
    if (expression instanceof Expression.ColumnOf column) {
      return row.get(column.name());
    } else if (expression instanceof Expression.Constant constant) {
      return constant.value().value();
    } else if (expression instanceof Expression.ParameterOf parameter) {
      return Objects.requireNonNull(parameters.get(parameter.name())).value();
    } else if (expression instanceof Expression.Compare compare) {
      return compare(compare.operator(), value(compare.left(), row), value(compare.right(), row));
    } else if (expression instanceof Expression.In in) {
      Boolean any = Boolean.FALSE;
      for (Expression each : in.values()) {
        any = or(any, compare(Expression.Operator.EQUAL, value(in.value(), row), value(each, row)));
      }
      return any;
    } else if (expression instanceof Expression.IsNull isNull) {
      return value(isNull.value(), row) == null;
    } else if (expression instanceof Expression.Not not) {
      Boolean value = (Boolean) value(not.value(), row);
      return value == null ? null : !value;
    } else if (expression instanceof Expression.And and) {
      Boolean none = Boolean.FALSE;
      for (Expression each : and.values()) {
        Boolean value = (Boolean) value(each, row);
        none = or(none, value == null ? null : !value);
      }
      return none == null ? null : !none;
    } else if (expression instanceof Expression.Or or) {
      Boolean any = Boolean.FALSE;
      for (Expression each : or.values()) {
        any = or(any, (Boolean) value(each, row));
      }
      return any;
    } else if (expression instanceof Expression.Normalised normalised) {
      return normalised((String) value(normalised.value(), row), normalised.steps());
    } else if (expression instanceof Expression.Concatenated concatenated) {
      StringBuilder text = new StringBuilder();
      for (Expression each : concatenated.values()) {
        Object value = value(each, row);
        if (value == null) {
          return null;
        }
        text.append(value);
      }
      return text.toString();
    } else if (expression instanceof Expression.Negated negated) {
      Int128 value = (Int128) value(negated.value(), row);
      return value == null ? null : value.negated();
    } else if (expression instanceof Expression.Absolute absolute) {
      Int128 value = (Int128) value(absolute.value(), row);
      return value == null || value.signum() >= 0 ? value : value.negated();
    } else if (expression instanceof Expression.FirstOf first) {
      return first.values().stream()
          .map(each -> value(each, row))
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(null);
    }
    throw new AssertionError(expression);
  }

  private static @Nullable Boolean or(@Nullable Boolean a, @Nullable Boolean b) {
    if (Boolean.TRUE.equals(a) || Boolean.TRUE.equals(b)) {
      return true;
    }
    if (a == null || b == null) {
      return null;
    }
    return false;
  }

  private static @Nullable Boolean compare(
      Expression.Operator operator, @Nullable Object l, @Nullable Object r) {
    if (l == null || r == null) {
      return null;
    }
    return switch (operator) {
      case EQUAL -> l.equals(r);
      case NOT_EQUAL -> !l.equals(r);
      case LESS -> order(l, r) < 0;
      case LESS_OR_EQUAL -> order(l, r) <= 0;
      case GREATER -> order(l, r) > 0;
      case GREATER_OR_EQUAL -> order(l, r) >= 0;
      case CONTAINS -> ((String) l).contains((String) r);
      case PREFIX -> ((String) l).startsWith((String) r);
      case SUFFIX -> ((String) l).endsWith((String) r);
    };
  }

  private static int order(Object l, Object r) {
    if (l instanceof String a && r instanceof String b) {
      return Arrays.compareUnsigned(
          a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    } else if (l instanceof Int128 a && r instanceof Int128 b) {
      return a.compareTo(b);
    } else if (l instanceof LocalDate a && r instanceof LocalDate b) {
      return a.compareTo(b);
    } else if (l instanceof Instant a && r instanceof Instant b) {
      return a.compareTo(b);
    }
    return ((Boolean) l).compareTo((Boolean) r);
  }
}
