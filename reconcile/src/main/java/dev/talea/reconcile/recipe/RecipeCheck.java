// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.recipe;

import dev.talea.reconcile.document.Fault;
import dev.talea.reconcile.document.Suggestion;
import dev.talea.reconcile.row.Column;
import dev.talea.reconcile.row.ColumnType;
import dev.talea.reconcile.row.MatchSide;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a recipe makes sense: alone, and with the columns that its sources really have.
 * Separate from the reader, because a recipe can be well written and still ask for a column that no
 * source has; all faults are found, not the first.
 *
 * <p>One thread, for one check.
 */
public final class RecipeCheck {
  private final Recipe recipe;
  private final List<Fault> faults = new ArrayList<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();

  /** Columns of each side, derived ones included; null while the source's are not known. */
  private final Map<MatchSide, @Nullable Map<String, ColumnType>> columns =
      new EnumMap<>(MatchSide.class);

  private RecipeCheck(Recipe recipe) {
    this.recipe = recipe;
  }

  /** What is wrong with the recipe, whatever its sources are; empty if nothing. */
  public static List<Fault> alone(Recipe recipe) {
    return new RecipeCheck(recipe).check(null, null);
  }

  /** What is wrong with the recipe over sources with these columns; empty if nothing. */
  public static List<Fault> against(Recipe recipe, List<Column> left, List<Column> right) {
    return new RecipeCheck(recipe).check(left, right);
  }

  /**
   * The columns of a side as rules see them: the source's, and those that the recipe derives.
   *
   * @throws IllegalArgumentException if a derived column does not fit the source; {@link #against}
   *     says it in other words
   */
  public static List<Column> columns(Recipe recipe, MatchSide side, List<Column> source) {
    RecipeCheck check = new RecipeCheck(recipe);
    check.parameters();
    Map<String, ColumnType> types = check.derive(side, source);
    if (types == null || !check.faults.isEmpty()) {
      throw new IllegalArgumentException("columns do not fit the recipe: " + check.faults);
    }
    List<Column> columns = new ArrayList<>();
    types.forEach((name, type) -> columns.add(new Column(name, type)));
    return columns;
  }

  private List<Fault> check(@Nullable List<Column> left, @Nullable List<Column> right) {
    parameters();
    for (MatchSide side : MatchSide.values()) {
      String path = side.text();
      source(recipe.side(side).source(), path);
      derive(side, side == MatchSide.LEFT ? left : right);
      Expression filter = recipe.side(side).filter();
      if (filter != null) {
        typed(filter, side, path + ".filter", ColumnType.BOOLEAN);
      }
    }
    if (recipe.rules().isEmpty()) {
      fault("rules", "is empty, expected at least one rule");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < recipe.rules().size(); i++) {
      Rule rule = recipe.rules().get(i);
      String path = "rules[" + i + "]";
      if (!names.add(rule.name())) {
        fault(path + ".name", "is \"" + rule.name() + "\", as an earlier rule's is");
      }
      rule(rule, path);
    }
    return List.copyOf(faults);
  }

  private void fault(String path, String text) {
    faults.add(new Fault(path, text));
  }

  private void parameters() {
    for (int i = 0; i < recipe.parameters().size(); i++) {
      Parameter parameter = recipe.parameters().get(i);
      String path = "parameters[" + i + "]";
      if (parameters.put(parameter.name(), parameter) != null) {
        fault(path + ".name", "is \"" + parameter.name() + "\", as an earlier parameter's is");
      }
      Value preset = parameter.preset();
      if (preset != null && preset.type() != parameter.type()) {
        fault(
            path + ".preset",
            "is of type " + preset.type().text() + ", expected " + parameter.type().text());
      }
    }
  }

  // ---- sides

  private void source(SourceRef source, String path) {
    if (source instanceof SourceRef.Ledger ledger) {
      if (ledger.accounts().isEmpty()) {
        fault(path + ".ledger.accounts", "is empty, expected at least one prefix of accounts");
      }
      day(ledger.from(), path + ".ledger.from");
      day(ledger.to(), path + ".ledger.to");
      String from = ledger.from();
      String to = ledger.to();
      if (from != null
          && to != null
          && !from.startsWith("$")
          && !to.startsWith("$")
          && from.compareTo(to) > 0) {
        fault(path + ".ledger.to", "is " + to + ", before " + from + ", where it begins");
      }
    } else if (source instanceof SourceRef.Sql sql && sql.query().isBlank()) {
      fault(path + ".sql.query", "is empty, expected a query that reads");
    }
  }

  private void day(@Nullable String day, String path) {
    if (day != null && day.startsWith("$")) {
      Parameter parameter = parameter(day.substring(1), path);
      if (parameter != null && parameter.type() != ColumnType.DATE) {
        fault(
            path,
            "is parameter "
                + parameter.name()
                + " of type "
                + parameter.type().text()
                + ", expected date");
      }
    } else if (day != null && Value.parse(ColumnType.DATE, day) == null) {
      fault(path, "is \"" + day + "\", expected " + Value.expected(ColumnType.DATE));
    }
  }

  private @Nullable Parameter parameter(String name, String path) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      fault(path, "names parameter \"" + name + "\", " + Suggestion.of(name, parameters.keySet()));
    }
    return parameter;
  }

  /**
   * Puts down the columns of the source and those derived of them, in order; null if the former are
   * not known.
   */
  private @Nullable Map<String, ColumnType> derive(MatchSide side, @Nullable List<Column> source) {
    Map<String, ColumnType> known = null;
    if (source != null) {
      known = new LinkedHashMap<>();
      for (Column column : source) {
        known.put(column.name(), column.type());
      }
    }
    columns.put(side, known);
    Set<String> derivedBefore = new HashSet<>();
    List<Derived> all = recipe.side(side).derived();
    for (int i = 0; i < all.size(); i++) {
      Derived derived = all.get(i);
      String path = side.text() + ".derived[" + i + "]";
      boolean always = Column.ALWAYS.stream().anyMatch(each -> each.name().equals(derived.name()));
      if (!derivedBefore.add(derived.name())) {
        fault(path + ".name", "is \"" + derived.name() + "\", which is derived before");
      } else if (always || (known != null && known.containsKey(derived.name()))) {
        fault(path + ".name", "is \"" + derived.name() + "\", which the source has");
      }
      ColumnType type = type(derived.expression(), side, path + ".expression");
      if (known != null) {
        known.put(derived.name(), type == null ? ColumnType.TEXT : type);
      }
    }
    return known;
  }

  /** Type of a column; null if it is not known, or not there, which is a fault. */
  private @Nullable ColumnType column(MatchSide side, String name, String path) {
    Map<String, ColumnType> known = columns.get(side);
    if (known == null) {
      return null;
    }
    ColumnType type = known.get(name);
    if (type == null) {
      fault(
          path,
          "names column \""
              + name
              + "\", which the "
              + side.text()
              + " side does not have; "
              + Suggestion.of(name, known.keySet()));
    }
    return type;
  }

  // ---- rules

  private void rule(Rule rule, String path) {
    grouping(rule, path);
    if (rule.sql() != null) {
      sql(rule, rule.sql(), path);
      return;
    }
    if (rule.conditions().isEmpty()
        && rule.window() == null
        && rule.tolerance().equals(Tolerance.NONE)) {
      fault(path, "has neither conditions nor a tolerance nor a window: it would pair anything");
    }
    for (int i = 0; i < rule.conditions().size(); i++) {
      condition(rule.conditions().get(i), path + ".conditions[" + i + "]");
    }
    Window window = rule.window();
    if (window != null) {
      windowColumn(MatchSide.LEFT, window.left(), path + ".window.left");
      windowColumn(MatchSide.RIGHT, window.right(), path + ".window.right");
    }
  }

  private void grouping(Rule rule, String path) {
    boolean single = rule.cardinality() == Cardinality.ONE_TO_ONE;
    Grouping grouping = rule.grouping();
    if (single && grouping != null) {
      fault(path + ".grouping", "is " + grouping.text() + ", but 1:1 makes no groups");
    } else if (!single && grouping == null) {
      fault(path + ".grouping", "is missing, " + rule.cardinality().text() + " makes groups");
    }
    if (grouping == Grouping.SUBSET && rule.cardinality() == Cardinality.MANY_TO_MANY) {
      fault(
          path + ".grouping", "is subset, which looks for the rows of one row across: not of N:M");
    }
    if (grouping == Grouping.SUBSET
        && (rule.groupMax() < RecipeLimits.GROUP_MIN || rule.groupMax() > RecipeLimits.GROUP_MAX)) {
      fault(
          path + ".group_max",
          "is "
              + rule.groupMax()
              + ", expected "
              + RecipeLimits.GROUP_MIN
              + " to "
              + RecipeLimits.GROUP_MAX);
    } else if (grouping != Grouping.SUBSET && rule.groupMax() != 0) {
      fault(path + ".group_max", "is of use with grouping subset only");
    }
    boolean key =
        rule.conditions().stream().anyMatch(each -> each.comparison() == Comparison.EQUAL);
    if (grouping == Grouping.WHOLE && rule.sql() == null && !key) {
      fault(
          path + ".conditions",
          "have no \"equal\", which groups are made by; give one, or grouping \"subset\"");
    }
  }

  private void sql(Rule rule, String sql, String path) {
    if (!rule.conditions().isEmpty()
        || rule.window() != null
        || !rule.tolerance().equals(Tolerance.NONE)) {
      fault(path + ".sql", "stands beside conditions, tolerance or window, which it replaces");
    }
    List<String> missing = new ArrayList<>();
    for (MatchSide side : MatchSide.values()) {
      if (!mentions(sql, side.text() + "_(?:open|src)")) {
        missing.add(side.text() + "_open");
      }
      if (!mentions(sql, side.text() + "_row") && sql.indexOf('*') < 0) {
        missing.add(side.text() + "_row");
      }
    }
    if (!missing.isEmpty()) {
      fault(
          path + ".sql",
          "does not mention "
              + String.join(", ", missing)
              + "; it selects left_row and right_row of left_open and right_open");
    }
  }

  private static boolean mentions(String sql, String name) {
    return Pattern.compile("(?i)\\b" + name + "\\b").matcher(sql).find();
  }

  private void condition(Condition condition, String path) {
    ColumnType left = column(MatchSide.LEFT, condition.left(), path + ".left");
    ColumnType right = column(MatchSide.RIGHT, condition.right(), path + ".right");
    if (left != null && right != null && left != right) {
      fault(
          path,
          "holds left column "
              + condition.left()
              + " of type "
              + left.text()
              + " against right column "
              + condition.right()
              + " of type "
              + right.text()
              + "; derive a column of the other type, or change the profile");
    }
    boolean texts =
        switch (condition.comparison()) {
          case CONTAINS, CONTAINED, PREFIX, SUFFIX, SIMILAR -> true;
          case EQUAL, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL -> false;
        };
    if (texts) {
      onlyTexts(left, condition.left(), condition.comparison().text(), path + ".is");
      onlyTexts(right, condition.right(), condition.comparison().text(), path + ".is");
    }
    if (!condition.normalise().isEmpty()) {
      onlyTexts(left, condition.left(), "normalise", path + ".normalise");
      onlyTexts(right, condition.right(), "normalise", path + ".normalise");
      steps(condition.normalise(), path + ".normalise");
    }
    boolean similar = condition.comparison() == Comparison.SIMILAR;
    if (similar && condition.threshold() == null) {
      fault(path + ".threshold", "is missing, similar needs one such as 0.9");
    } else if (!similar && condition.threshold() != null) {
      fault(path + ".threshold", "is of use with similar only");
    }
    boolean ordered =
        switch (condition.comparison()) {
          case GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL -> true;
          default -> false;
        };
    if (ordered && left == ColumnType.BOOLEAN) {
      fault(path + ".is", "orders column " + condition.left() + " of type boolean");
    }
  }

  private void onlyTexts(@Nullable ColumnType type, String column, String what, String path) {
    if (type != null && type != ColumnType.TEXT) {
      fault(path, what + " is for texts, column " + column + " is of type " + type.text());
    }
  }

  private void steps(List<Normalisation> steps, String path) {
    for (int i = 0; i < steps.size(); i++) {
      Normalisation step = steps.get(i);
      boolean capture = step.kind() == Normalisation.Kind.CAPTURE;
      if (capture != (step.pattern() != null)) {
        fault(path + "[" + i + "]", "has a pattern exactly with capture");
      }
    }
  }

  private void windowColumn(MatchSide side, String name, String path) {
    ColumnType type = column(side, name, path);
    if (type != null && type != ColumnType.DATE && type != ColumnType.TIME) {
      fault(path, "is column " + name + " of type " + type.text() + ", expected date or time");
    }
  }

  // ---- expressions

  private void typed(Expression expression, MatchSide side, String path, ColumnType wanted) {
    ColumnType type = type(expression, side, path);
    if (type != null && type != wanted) {
      fault(path, "is of type " + type.text() + ", expected " + wanted.text());
    }
  }

  private void typed(List<Expression> all, MatchSide side, String path, ColumnType wanted) {
    for (int i = 0; i < all.size(); i++) {
      typed(all.get(i), side, path + "[" + i + "]", wanted);
    }
  }

  /** The type of an expression, whose parts are checked; null if it cannot be known. */
  private @Nullable ColumnType type(Expression expression, MatchSide side, String path) {
    if (expression instanceof Expression.ColumnOf column) {
      return column(side, column.name(), path);
    }
    if (expression instanceof Expression.Constant constant) {
      return constant.value().type();
    }
    if (expression instanceof Expression.ParameterOf of) {
      Parameter parameter = parameter(of.name(), path);
      return parameter == null ? null : parameter.type();
    }
    if (expression instanceof Expression.Compare compare) {
      compare(compare, side, path);
      return ColumnType.BOOLEAN;
    }
    if (expression instanceof Expression.In in) {
      ColumnType type = type(in.value(), side, path);
      for (int i = 0; i < in.values().size(); i++) {
        same(
            type, type(in.values().get(i), side, path + ".in[" + i + "]"), path + ".in[" + i + "]");
      }
      return ColumnType.BOOLEAN;
    }
    if (expression instanceof Expression.IsNull isNull) {
      type(isNull.value(), side, path);
      return ColumnType.BOOLEAN;
    }
    if (expression instanceof Expression.Not not) {
      typed(not.value(), side, path + ".not", ColumnType.BOOLEAN);
      return ColumnType.BOOLEAN;
    }
    if (expression instanceof Expression.And and) {
      typed(and.values(), side, path + ".and", ColumnType.BOOLEAN);
      return ColumnType.BOOLEAN;
    }
    if (expression instanceof Expression.Or or) {
      typed(or.values(), side, path + ".or", ColumnType.BOOLEAN);
      return ColumnType.BOOLEAN;
    }
    return value(expression, side, path);
  }

  private @Nullable ColumnType value(Expression expression, MatchSide side, String path) {
    if (expression instanceof Expression.Normalised normalised) {
      typed(normalised.value(), side, path, ColumnType.TEXT);
      steps(normalised.steps(), path + ".normalise");
      return ColumnType.TEXT;
    }
    if (expression instanceof Expression.Concatenated texts) {
      typed(texts.values(), side, path + ".concatenated", ColumnType.TEXT);
      return ColumnType.TEXT;
    }
    if (expression instanceof Expression.Negated negated) {
      typed(negated.value(), side, path + ".negated", ColumnType.INTEGER);
      return ColumnType.INTEGER;
    }
    if (expression instanceof Expression.Absolute absolute) {
      typed(absolute.value(), side, path + ".absolute", ColumnType.INTEGER);
      return ColumnType.INTEGER;
    }
    ColumnType found = null;
    List<Expression> values = ((Expression.FirstOf) expression).values();
    for (int i = 0; i < values.size(); i++) {
      String place = path + ".first_of[" + i + "]";
      ColumnType type = type(values.get(i), side, place);
      same(found, type, place);
      found = found == null ? type : found;
    }
    return found;
  }

  private void compare(Expression.Compare compare, MatchSide side, String path) {
    String place = path + "." + compare.operator().text();
    ColumnType left = type(compare.left(), side, path);
    ColumnType right = type(compare.right(), side, place);
    same(left, right, place);
    ColumnType type = left == null ? right : left;
    boolean texts =
        switch (compare.operator()) {
          case CONTAINS, PREFIX, SUFFIX -> true;
          default -> false;
        };
    boolean ordered =
        switch (compare.operator()) {
          case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> true;
          default -> false;
        };
    if (texts && type != null && type != ColumnType.TEXT) {
      fault(place, "is for texts, not for values of type " + type.text());
    } else if (ordered && type == ColumnType.BOOLEAN) {
      fault(place, "orders values of type boolean");
    }
  }

  private void same(@Nullable ColumnType left, @Nullable ColumnType right, String path) {
    if (left != null && right != null && left != right) {
      fault(path, "is of type " + right.text() + ", expected " + left.text());
    }
  }
}
