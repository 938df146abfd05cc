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
import dev.talea.reconcile.recipe.Parameter;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.recipe.Window;
import dev.talea.reconcile.row.ColumnType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A random reconciliation, the same for the same seed. Alphabets are small, so that keys collide,
 * duplicates, ties and groups happen, and differences are often exactly the tolerance. Used by one
 * thread.
 */
final class RandomCase {
  private static final String COLUMNS =
      "date:date reference:text note:text n:integer flag:boolean at:time";
  private static final List<String> REFERENCES =
      List.of("A-1", "a1", "A1", " A1 ", "0A1", "B2", "b 2", "", "7", "007", "INV 12/7", "äß1");
  private static final List<String> NOTES =
      List.of("A1", "pay A1", "x", "martha", "marhta", "dwayne", "duane", "", "B2 x", "INV 12");
  private static final List<String> TEXTS = List.of("reference", "note");

  private final Random random;
  private final int spread;
  private final List<String> references;
  private final boolean opposite;
  final ListSource left;
  final ListSource right;
  final Recipe recipe;
  final Map<String, Value> parameters;

  RandomCase(long seed) {
    random = new Random(seed);
    spread = 1 + random.nextInt(12);
    references = random.nextBoolean() ? REFERENCES : REFERENCES.subList(0, 5);
    opposite = random.nextInt(3) == 0;
    left = source();
    right = across(left);
    parameters = Map.of("least", new Value(ColumnType.INTEGER, Int128.of(random.nextInt(7) - 3)));
    Rule[] rules = new Rule[1 + random.nextInt(3)];
    for (int i = 0; i < rules.length; i++) {
      rules[i] = rule("rule " + i);
    }
    recipe =
        Recipes.recipe(
            side(), side(), List.of(new Parameter("least", ColumnType.INTEGER, null)), rules);
    if (random.nextInt(3) == 0) {
      extreme(left);
      extreme(right);
    }
  }

  /** A row at the edge of 128 bits, of an asset of its own: a side takes no more than their sum. */
  private void extreme(ListSource source) {
    List<@Nullable Object[]> rows = source.rows();
    @Nullable Object[] row =
        rows.isEmpty()
            ? new @Nullable Object[source.columns().size()]
            : rows.get(random.nextInt(rows.size())).clone();
    row[0] =
        any(
            List.of(
                Int128.MAX, Int128.MIN, Int128.of(1), Int128.of(-1), Int128.of(Long.MIN_VALUE)));
    row[1] = "WEI";
    rows.add(random.nextInt(rows.size() + 1), row);
  }

  private ListSource source() {
    ListSource source = new ListSource(COLUMNS);
    int rows = random.nextInt(random.nextInt(12) == 0 ? 2 : 21);
    for (int i = 0; i < rows; i++) {
      @Nullable Object[] row = {
        amount(spread),
        random.nextInt(5) == 0 ? "USD" : "EUR",
        orNull(LocalDate.of(2026, 1, 1).plusDays(random.nextInt(6))),
        orNull(any(references)),
        orNull(any(NOTES)),
        orNull(Int128.of(random.nextInt(4))),
        orNull(random.nextBoolean()),
        orNull(
            Instant.parse("2025-12-31T23:59:59.999999Z").plusSeconds(43_200L * random.nextInt(9)))
      };
      source.row(row);
      while (random.nextInt(4) == 0) {
        source.row(row);
      }
    }
    return source;
  }

  /** Mostly what the left side says, as others would say it: later, split, with a fee. */
  private ListSource across(ListSource of) {
    ListSource source = new ListSource(COLUMNS);
    for (@Nullable Object[] row : of.rows()) {
      if (random.nextInt(6) == 0) {
        continue;
      }
      @Nullable Object[] copy = row.clone();
      Int128 amount = (Int128) Objects.requireNonNull(row[0]);
      long value = amount.toLong() + any(List.of(0, 0, 0, 0, 1, -1, 25, -26, 50));
      if (row[2] instanceof LocalDate date) {
        copy[2] = date.plusDays(any(List.of(0, 0, 0, 1, 1, 2, -1)));
      }
      if (random.nextInt(8) == 0) {
        copy[3] = orNull(any(references));
      }
      if (random.nextInt(5) == 0) {
        copy[4] = orNull(any(NOTES));
      }
      int parts = random.nextInt(5) == 0 ? 2 : 1;
      for (int i = 0; i < parts; i++) {
        long part = i < parts - 1 ? 25L * random.nextInt(3) : value;
        value -= part;
        @Nullable Object[] piece = copy.clone();
        piece[0] = Int128.of(opposite ? -part : part);
        source.row(piece);
      }
    }
    Collections.shuffle(source.rows(), random);
    source().rows().stream().limit(random.nextInt(5)).forEach(source.rows()::add);
    return source;
  }

  private Int128 amount(int spread) {
    int sign = random.nextInt(4) == 0 ? -1 : 1;
    return Int128.of((long) sign * 25 * random.nextInt(spread) + random.nextInt(2));
  }

  private @Nullable Object orNull(Object value) {
    return random.nextInt(9) == 0 ? null : value;
  }

  private <T> T any(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private SideSpec side() {
    List<Derived> derived = new ArrayList<>();
    // Rules may use these two, so that they are always there.
    derived.add(
        new Derived(
            "both",
            random.nextBoolean()
                ? new Expression.Concatenated(
                    List.of(Recipes.column("reference"), Recipes.column("note")))
                : new Expression.Normalised(
                    new Expression.FirstOf(
                        List.of(Recipes.column("note"), Recipes.column("reference"))),
                    steps())));
    derived.add(
        new Derived(
            "size",
            random.nextBoolean()
                ? new Expression.Absolute(Recipes.column("amount"))
                : new Expression.Negated(Recipes.column("n"))));
    return new SideSpec(
        new SourceRef.File("test"), derived, random.nextInt(4) > 0 ? null : condition(2));
  }

  private Expression condition(int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 5)) {
      case 0 ->
          compare(any(ordered()), Recipes.column("amount"), new Expression.ParameterOf("least"));
      case 1 ->
          new Expression.IsNull(
              Recipes.column(any(List.of("n", "flag", "at", "date", "reference"))));
      case 2 ->
          compare(
              any(List.of(Expression.Operator.values())),
              Recipes.column(any(List.of("reference", "note", "both"))),
              Recipes.text(any(List.of("A1", "1", "", "x", "B"))));
      case 3 ->
          new Expression.In(
              Recipes.column("n"),
              List.of(Recipes.integer(1), Recipes.column("size"), Recipes.integer(3)));
      case 4 ->
          random.nextBoolean()
              ? Recipes.column("flag")
              : compare(
                  any(ordered()),
                  Recipes.column("date"),
                  new Expression.Constant(new Value(ColumnType.DATE, LocalDate.of(2026, 1, 3))));
      case 5 -> new Expression.Not(condition(depth - 1));
      case 6 -> new Expression.And(List.of(condition(depth - 1), condition(depth - 1)));
      default -> new Expression.Or(List.of(condition(depth - 1), condition(depth - 1)));
    };
  }

  private static List<Expression.Operator> ordered() {
    return List.of(
        Expression.Operator.EQUAL,
        Expression.Operator.NOT_EQUAL,
        Expression.Operator.LESS,
        Expression.Operator.LESS_OR_EQUAL,
        Expression.Operator.GREATER,
        Expression.Operator.GREATER_OR_EQUAL);
  }

  private static Expression compare(Expression.Operator operator, Expression l, Expression r) {
    return new Expression.Compare(operator, l, r);
  }

  private List<Normalisation> steps() {
    List<Normalisation> steps = new ArrayList<>();
    while (random.nextInt(3) > 0) {
      Normalisation.Kind kind = any(List.of(Normalisation.Kind.values()));
      steps.add(
          new Normalisation(
              kind,
              kind == Normalisation.Kind.CAPTURE
                  ? any(List.of("([0-9]+)", "^(..)", "(A|a)1", "x(.*)$"))
                  : null));
    }
    return steps;
  }

  private Rule rule(String name) {
    Recipes.RuleBuilder rule = Recipes.rule(name);
    int conditions = random.nextInt(random.nextInt(3) == 0 ? 3 : 2);
    for (int i = 0; i < conditions; i++) {
      rule.condition(random.nextInt(3) == 0 ? other() : equality());
    }
    if (opposite ^ (random.nextInt(12) == 0)) {
      rule.opposite();
    }
    if (random.nextInt(3) > 0) {
      rule.tolerance(tolerance());
    }
    if (random.nextBoolean()) {
      rule.window(
          new Window(
              random.nextInt(5) == 0 ? "at" : "date",
              random.nextInt(5) == 0 ? "at" : "date",
              random.nextInt(3),
              random.nextInt(3)));
    }
    if (random.nextInt(4) == 0) {
      rule.suggest();
    }
    switch (random.nextInt(5)) {
      case 0 ->
          rule.groups(
              any(
                  List.of(
                      Cardinality.ONE_TO_MANY, Cardinality.MANY_TO_ONE, Cardinality.MANY_TO_MANY)),
              Grouping.WHOLE,
              0);
      case 1 ->
          rule.groups(
              any(List.of(Cardinality.ONE_TO_MANY, Cardinality.MANY_TO_ONE)),
              Grouping.SUBSET,
              2 + random.nextInt(2));
      default -> {
        // one to one
      }
    }
    return rule.build();
  }

  private Condition equality() {
    if (random.nextInt(4) == 0) {
      String column = any(List.of("n", "flag", "date", "size"));
      return new Condition(column, Comparison.EQUAL, column, List.of(), null);
    }
    boolean same = random.nextInt(4) > 0;
    return new Condition(
        same ? "reference" : any(List.of("reference", "both")),
        Comparison.EQUAL,
        same ? "reference" : any(List.of("reference", "both")),
        steps(),
        null);
  }

  private Condition other() {
    Comparison comparison = any(List.of(Comparison.values()));
    return switch (comparison) {
      case EQUAL -> equality();
      case SIMILAR ->
          new Condition(
              any(TEXTS),
              comparison,
              any(TEXTS),
              steps(),
              any(List.of(new BigDecimal("0.75"), new BigDecimal("0.9"), BigDecimal.ONE)));
      case CONTAINS, CONTAINED, PREFIX, SUFFIX ->
          new Condition(any(TEXTS), comparison, any(TEXTS), steps(), null);
      default -> {
        String column = any(List.of("n", "date", "at", "reference"));
        yield new Condition(column, comparison, column, List.of(), null);
      }
    };
  }

  private Tolerance tolerance() {
    Int128 absolute =
        random.nextInt(3) == 0 ? null : Int128.of(any(List.of(0, 1, 25, 26, 50, 1_000_000)));
    TreeMap<String, Int128> byAsset = new TreeMap<>();
    if (random.nextInt(4) == 0) {
      byAsset.put("USD", Int128.of(random.nextInt(3) * 25L));
    }
    Long percent =
        random.nextInt(3) == 0 ? any(List.of(0L, 10_000L, 500_000L, 333_333L, 1_000_000L)) : null;
    return new Tolerance(absolute, byAsset, percent);
  }
}
