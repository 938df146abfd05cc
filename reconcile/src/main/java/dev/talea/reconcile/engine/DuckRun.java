// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.engine;

import dev.talea.reconcile.decide.ParameterValues;
import dev.talea.reconcile.decide.SearchLimits;
import dev.talea.reconcile.recipe.Cardinality;
import dev.talea.reconcile.recipe.Derived;
import dev.talea.reconcile.recipe.Expression;
import dev.talea.reconcile.recipe.Grouping;
import dev.talea.reconcile.recipe.Recipe;
import dev.talea.reconcile.recipe.Rule;
import dev.talea.reconcile.recipe.Value;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import dev.talea.reconcile.row.RowSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One run in DuckDB: sees to the order of its steps. What a step does is in a class of its own.
 *
 * <p>Used by one thread, but for {@link #cancel}.
 */
final class DuckRun implements EngineRun {
  private final Path folder;
  private final DuckSession session;
  private final SearchLimits limits;
  private final DuckSide left;
  private final DuckSide right;
  private boolean matched;

  DuckRun(Path folder, EngineLimits limits, SearchLimits searches) {
    this.folder = folder;
    session = new DuckSession(folder, folder.resolve("spill"), limits);
    this.limits = searches;
    left = new DuckSide(MatchSide.LEFT, session);
    right = new DuckSide(MatchSide.RIGHT, session);
  }

  private DuckSide side(MatchSide side) {
    return side == MatchSide.LEFT ? left : right;
  }

  @Override
  public long load(MatchSide side, Origin origin, RowSource source, MatchProgress progress)
      throws IOException {
    if (matched) {
      throw new IllegalStateException("rows are loaded before they are matched");
    }
    return side(side).load(origin, source, progress);
  }

  @Override
  public List<Column> columns(MatchSide side) {
    return side(side).columns();
  }

  @Override
  public Outcome match(Recipe recipe, Map<String, Value> parameters, MatchProgress progress) {
    if (matched) {
      throw new IllegalStateException("a run matches once");
    }
    matched = true;
    left.ready();
    right.ready();
    session.fence();
    session.run("CREATE MACRO tolerance_match(a, b, t) AS abs(a - b) <= t");
    String fault = ParameterValues.fault(recipe, parameters);
    if (fault != null) {
      throw recipe(fault);
    }
    Map<String, Value> values = ParameterValues.of(recipe, parameters);
    Map<String, ColumnType> leftTypes = base(MatchSide.LEFT, recipe, values);
    Map<String, ColumnType> rightTypes = base(MatchSide.RIGHT, recipe, values);
    names(recipe);
    List<String> remarks = new ArrayList<>();
    RuleRoom room = new RuleRoom(session, limits, left, right, remarks);
    Map<Integer, RuleSql> compiled = new TreeMap<>();
    // All rules are held against the columns before one of them is worked on.
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      if (rule.sql() == null) {
        compiled.put(i, new RuleSql(rule, leftTypes, rightTypes));
      }
      if (rule.cardinality() != Cardinality.ONE_TO_ONE
          && rule.sql() == null
          && rule.grouping() == null) {
        throw recipe("rule " + rule.name() + " does not say how its groups are found");
      }
    }
    long rows = left.rows() + right.rows();
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      session.goOn();
      progress.at(rule.name(), 0, rows);
      RuleSql sql = compiled.get(i);
      if (sql == null) {
        new ExpertRule(room, rule).run(i);
      } else if (rule.cardinality() == Cardinality.ONE_TO_ONE) {
        new PairRule(room, rule, sql).run(i);
      } else if (rule.grouping() == Grouping.WHOLE) {
        new GroupRule(room, rule, sql).run(i);
      } else {
        new SubsetRule(room, rule, sql).run(i);
      }
      progress.at(rule.name(), rows, rows);
    }
    for (MatchSide side : MatchSide.values()) {
      progress.at("explain " + side.text(), 0, rows);
      new Explanation(room, side).explain(compiled);
      progress.at("explain " + side.text(), rows, rows);
    }
    Totals totals = new Totals(room, recipe);
    return new Outcome(
        totals.of(MatchSide.LEFT), totals.of(MatchSide.RIGHT), totals.rules(), remarks);
  }

  private static EngineException recipe(String what) {
    return new EngineException(
        EngineException.Kind.RECIPE, "The recipe does not fit the rows: " + what + ".");
  }

  /** Makes the view of what takes part of a side, and the table of what does not. */
  private Map<String, ColumnType> base(MatchSide side, Recipe recipe, Map<String, Value> values) {
    Map<String, ColumnType> types = new LinkedHashMap<>(side(side).types());
    String rows = side(side).rowTable();
    for (Derived derived : recipe.side(side).derived()) {
      ExpressionSql.Typed made =
          new ExpressionSql(
                  side.text() + " column " + derived.name(), new LinkedHashMap<>(types), values)
              .compile(derived.expression());
      if (types.putIfAbsent(derived.name(), made.type()) != null) {
        throw recipe(
            "column " + derived.name() + " is derived, but the " + side.text() + " side has it");
      }
      rows = "(SELECT *, " + made.sql() + " AS " + Sql.name(derived.name()) + " FROM " + rows + ")";
    }
    Expression filter = recipe.side(side).filter();
    String passes =
        filter == null
            ? "TRUE"
            : new ExpressionSql(side.text() + " filter", types, values).condition(filter);
    session.run(
        "CREATE VIEW " + side.text() + "_base AS SELECT * FROM " + rows + " WHERE " + passes);
    session.run(
        "CREATE TABLE "
            + side.text()
            + "_filtered AS SELECT _row FROM "
            + rows
            + " WHERE NOT coalesce("
            + passes
            + ", FALSE)");
    return types;
  }

  private void names(Recipe recipe) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      rows.add(
          "(" + i + ", " + Sql.text(rule.name()) + ", " + Sql.text(rule.effect().text()) + ")");
    }
    session.run("CREATE TABLE rule_names (rule INTEGER, name VARCHAR, effect VARCHAR)");
    if (!rows.isEmpty()) {
      session.run("INSERT INTO rule_names VALUES " + String.join(", ", rows));
    }
  }

  @Override
  public List<String> write(Path into, MatchProgress progress) {
    if (!matched) {
      throw new IllegalStateException("rows are matched before they are written");
    }
    Path place = into.toAbsolutePath().normalize();
    if (!place.startsWith(folder)) {
      throw new IllegalArgumentException(
          "evidence is written below the run's folder " + folder + ", not into " + place);
    }
    return new DuckEvidence(session, left, right, place).write(progress);
  }

  @Override
  public void cancel() {
    session.cancel();
  }

  @Override
  public void close() {
    session.close();
  }
}
