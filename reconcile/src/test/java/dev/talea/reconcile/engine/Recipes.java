// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.ledger.Int128;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Comparison;
import dev.talea.reconcile.recipe.Condition;
import dev.talea.reconcile.recipe.Effect;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Normalisation;
import dev.talea.reconcile.recipe.Parameter;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.SideSpec;
import dev.talea.reconcile.recipe.SignRule;
import dev.talea.reconcile.recipe.SourceRef;
import dev.talea.reconcile.recipe.Tolerance;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.recipe.Window;
import dev.talea.reconcile.row.ColumnType;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Short ways to write recipes in tests. Pure. */
public final class Recipes {
  private Recipes() {}

  /** A recipe over everything. */
  public static Recipe recipe(Rule... rules) {
    return recipe(null, null, rules);
  }

  /** A recipe with filters. */
  public static Recipe recipe(
      @Nullable Expression left, @Nullable Expression right, Rule... rules) {
    return recipe(side(left), side(right), List.of(), rules);
  }

  /** A recipe with all it can have. */
  public static Recipe recipe(
      SideSpec left, SideSpec right, List<Parameter> parameters, Rule... rules) {
    return new Recipe("test", "", parameters, left, right, null, List.of(rules));
  }

  /** A side that a test brings itself. */
  public static SideSpec side(@Nullable Expression filter) {
    return new SideSpec(new SourceRef.File("test"), List.of(), filter);
  }

  /** Whole numbers as constants. */
  public static Expression integer(long value) {
    return new Expression.Constant(new Value(ColumnType.INTEGER, Int128.of(value)));
  }

  /** Texts as constants. */
  public static Expression text(String value) {
    return new Expression.Constant(new Value(ColumnType.TEXT, value));
  }

  /** A column. */
  public static Expression column(String name) {
    return new Expression.ColumnOf(name);
  }

  /** A rule that is built step by step. */
  public static RuleBuilder rule(String name) {
    return new RuleBuilder(name);
  }

  /** Gathers the parts of a rule. */
  public static final class RuleBuilder {
    private final String name;
    private Cardinality cardinality = Cardinality.ONE_TO_ONE;
    private final List<Condition> conditions = new ArrayList<>();
    private SignRule sign = SignRule.EQUAL;
    private Tolerance tolerance = Tolerance.NONE;
    private @Nullable Window window;
    private @Nullable Grouping grouping;
    private int groupMax;
    private Effect effect = Effect.MATCH;
    private @Nullable String sql;

    private RuleBuilder(String name) {
      this.name = name;
    }

    /** The same in both columns of this name. */
    public RuleBuilder equal(String column, Normalisation.Kind... kinds) {
      List<Normalisation> steps = new ArrayList<>();
      for (Normalisation.Kind kind : kinds) {
        steps.add(new Normalisation(kind, null));
      }
      return condition(new Condition(column, Comparison.EQUAL, column, steps, null));
    }

    /** Any condition. */
    public RuleBuilder condition(Condition condition) {
      conditions.add(condition);
      return this;
    }

    /** Groups. */
    public RuleBuilder groups(Cardinality of, Grouping how, int max) {
      cardinality = of;
      grouping = how;
      groupMax = max;
      return this;
    }

    /** How many rows of each side, without saying how they are found. */
    public RuleBuilder cardinality(Cardinality of) {
      cardinality = of;
      return this;
    }

    /** Signs are opposite. */
    public RuleBuilder opposite() {
      sign = SignRule.OPPOSITE;
      return this;
    }

    /** So many minor units. */
    public RuleBuilder within(long minorUnits) {
      tolerance = new Tolerance(Int128.of(minorUnits), new TreeMap<>(), null);
      return this;
    }

    /** Any tolerance. */
    public RuleBuilder tolerance(Tolerance any) {
      tolerance = any;
      return this;
    }

    /** Days between the columns {@code date}. */
    public RuleBuilder days(int before, int after) {
      window = new Window("date", "date", before, after);
      return this;
    }

    /** Any window. */
    public RuleBuilder window(@Nullable Window any) {
      window = any;
      return this;
    }

    /** Only suggests. */
    public RuleBuilder suggest() {
      effect = Effect.SUGGEST;
      return this;
    }

    /** An expert's query. */
    public RuleBuilder sql(String query) {
      sql = query;
      return this;
    }

    /** The rule. */
    public Rule build() {
      return new Rule(
          name, cardinality, conditions, sign, tolerance, window, grouping, groupMax, effect, sql);
    }
  }
}
